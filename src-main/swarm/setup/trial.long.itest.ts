import { afterAll, beforeAll, test } from 'vitest'
import { appendFileSync } from 'node:fs'
import { systemClock } from '../../common/clock.ts'
import { RegistryLogins } from '../cluster/registry-logins.ts'
import { SwarmCluster } from '../cluster/swarm-cluster.ts'
import { SwarmState } from '../state/swarm-state.ts'
import { firstWhere } from '../testing/first-where.ts'
import { SwarmLab } from './testing/swarm-lab.ts'

let t: SwarmLab
const log = (text: string): void => appendFileSync('/tmp/trial.log', `${text}\n`)
beforeAll(async () => {
  t = await SwarmLab.make({ hosts: 3 })
  await t.run({ type: 'init', server: 'web-1' })
  for (const server of ['web-2', 'web-3']) await t.run({ type: 'join', server, role: 'manager' })
  await t.lab.host(1).exec('docker service create --quiet --detach --name web --replicas 3 --endpoint-mode dnsrr --stop-grace-period 0s busybox sleep 9999')
})
afterAll(async () => { await t?.down() })

type Way = [name: string, break_: (n: number) => Promise<unknown>, mend: (n: number) => Promise<unknown>]
const kill: Way = ['kill', (n) => t.lab.host(n).kill(), (n) => t.lab.host(n).start()]
const cut: Way = ['cut', (n) => t.lab.host(n).cut(), (n) => t.lab.host(n).heal()]
const stop: Way = ['stopDocker', (n) => t.lab.host(n).stopDocker(), (n) => t.lab.host(n).startDocker()]
const freeze: Way = ['freeze', (n) => t.lab.host(n).freeze(), (n) => t.lab.host(n).thaw()]

for (const [a, b, x, y] of [[2, 3, cut, kill], [2, 3, kill, kill], [1, 2, cut, cut], [2, 3, stop, stop], [1, 3, kill, cut], [2, 3, freeze, freeze], [2, 3, cut, cut], [1, 2, stop, kill]] as [number, number, Way, Way][]) {
  test(`${x[0]} ${String(a)}, ${y[0]} ${String(b)}`, async () => {
    const state = new SwarmState({ servers: { list: () => t.servers, onChange: () => () => undefined }, clock: systemClock })
    const none = () => Promise.reject(new Error('no'))
    const cluster = new SwarmCluster({ state, clock: systemClock, logins: new RegistryLogins({ load: () => [], save: () => undefined }), stacks: { plan: none, apply: none, read: none }, name: 'team', version: '0', capabilities: [] })
    const letGo = state.onChange(() => log(`   ${String(Date.now() - begun)} source=${JSON.stringify(state.now.source)} nodes=${state.now.nodes.map((n) => `${n.Status.State}/${n.ManagerStatus?.Reachability ?? '-'}${n.ManagerStatus?.Leader ? '*' : ''}`).join(' ')} reached=${String(state.now.reached.size)}`))
    let begun = Date.now()
    try {
      log(`--- ${x[0]} ${String(a)}, ${y[0]} ${String(b)}`)
      await firstWhere('healthy', cluster.watchOverview(), ({ health, nodes }) => health === 'healthy' && nodes.ready === 3, 120_000)
      log(`leader ${state.now.nodes.find((n) => n.ManagerStatus?.Leader)?.Description.Hostname ?? '?'}; asks ${JSON.stringify(state.now.source)}`)
      begun = Date.now()
      await Promise.all([x[1](a), y[1](b)])
      log(`broken after ${String(Date.now() - begun)}`)
      const seen = await firstWhere('unknown', cluster.watchOverview(), (o) => o.health === 'unknown' && o, 120_000).catch((e: unknown) => String(e).slice(0, 300))
      log(`RESULT after ${String(Date.now() - begun)}: ${typeof seen === 'string' ? seen : JSON.stringify(seen.problems[0])}`)
    } finally {
      await Promise.all([x[2](a), y[2](b)])
      t.retry()
      letGo()
      await state.stop()
    }
  }, 400_000)
}
