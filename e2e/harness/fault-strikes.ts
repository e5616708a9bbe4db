import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/lab-host.ts'
import { eventually } from './containers.ts'
import type { Fault } from './fault-plan.ts'
import type { Team } from './team.ts'

/** Lets the faults of one step happen, each at its time, and resolves when the last of them is over: all power is on, every link up, every process started. */
export async function strike(team: Team, faults: readonly Fault[]): Promise<void> {
  await Promise.all(faults.map(async (fault) => {
    await sleep(fault.afterMs)
    if (fault.host === undefined) await killEngine(team, fault.forMs)
    else await strikeHost(team.lab.host(fault.host), fault)
  }))
}

async function strikeHost(host: LabHost, { kind, forMs }: Fault): Promise<void> {
  switch (kind) {
    case 'power cut':
      await host.kill()
      await sleep(forMs)
      return host.start()
    case 'link cut':
      await host.cut()
      await sleep(forMs)
      return host.heal()
    case 'frozen':
      await host.freeze()
      await sleep(forMs)
      return host.thaw()
    case 'dockerd ended':
      return endDocker(host, 'TERM')
    case 'dockerd killed':
      return endDocker(host, 'KILL')
    case 'engine killed':
      throw new Error('the engine is not on a server')
  }
}

/** Ends a server's dockerd and resolves when the next one, which the server starts by itself, answers. */
export async function endDocker(host: LabHost, signal: 'TERM' | 'KILL'): Promise<void> {
  const pid = (await host.exec('cat /var/run/docker.pid')).stdout.trim()
  await host.exec(['kill', `-${signal}`, pid])
  await eventually(`the next dockerd of ${host.name}`, async () => {
    const { stdout } = await host.exec('cat /var/run/docker.pid && docker version >/dev/null', { anyCode: true })
    return stdout.trim() !== '' && stdout.trim() !== pid
  })
}

async function killEngine(team: Team, forMs: number): Promise<void> {
  await team.toque.end('SIGKILL')
  await sleep(forMs)
  await team.startEngine()
}
