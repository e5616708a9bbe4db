import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Team } from './team.ts'

/** Requests by a Service's name out of pods on every server: names, Services and the ways between servers, as the apps see them. */
export class InnerTraffic {
  readonly #loops: { stop: () => Promise<unknown>; over: Promise<void> }[] = []
  readonly #failures: string[] = []
  #answered = 0

  /** Starts a loop in one pod of `from` on each server that has one; it asks `url` some ten times a second, each time on a new connection. */
  static async start(team: Team, from: string, url: string): Promise<InnerTraffic> {
    const traffic = new InnerTraffic()
    for (const host of team.hosts) {
      const [app] = await team.containers(host).of(from, { role: 'app' })
      if (app === undefined) continue
      // Not through Toque, which may be what is cut off.
      const end = `/end-${randomUUID()}`
      const child = host.spawn(['docker', 'exec', app.id, 'sh', '-c', `while sleep 0.05 && [ ! -e ${end} ]; do curl -sS -m 2 -o /dev/null ${url} 2>&1 && echo ok; done`], { stdio: ['ignore', 'pipe', 'ignore'] })
      if (child.stdout === null) throw new Error('no pipe')
      const lines = createInterface({ input: child.stdout })
      lines.on('line', (line) => {
        if (line === 'ok') traffic.#answered += 1
        else traffic.#failures.push(`from ${host.name}: ${line}`)
      })
      traffic.#loops.push({ stop: () => host.exec(['docker', 'exec', app.id, 'touch', end]), over: new Promise((resolve) => lines.once('close', () => resolve())) })
    }
    return traffic
  }

  /** Ends the loops and tells what they saw. */
  async end(): Promise<{ answered: number; failures: readonly string[] }> {
    await Promise.all(this.#loops.map(({ stop, over }) => stop().then(() => over)))
    return { answered: this.#answered, failures: this.#failures }
  }
}
