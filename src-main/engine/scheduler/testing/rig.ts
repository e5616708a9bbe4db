import { FakeClock } from '../../../common/fake-clock.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { startScheduler } from '../index.ts'
import { node, pod } from './objects.ts'

/** A scheduler on a client over a map, with a clock of its own. */
export class Rig {
  readonly clock = new FakeClock()
  readonly client = new MemoryClient(this.clock)
  readonly informers = new SharedInformers({ client: this.client, clock: this.clock, onError: () => undefined })
  readonly errors: unknown[] = []
  readonly events: string[] = []
  #scheduler: { stop(): Promise<void> } | undefined

  async start(): Promise<void> {
    this.#scheduler = await startScheduler({
      client: this.client, informers: this.informers, clock: this.clock, onError: (e) => this.errors.push(e),
      recorder: () => ({ event: (o, _, reason) => this.events.push(`${o.metadata.name} ${reason}`) }),
    })
    await this.settle()
  }
  async settle(ms = 5): Promise<void> {
    for (let i = 0; i < 8; i++) await this.clock.advance(ms)
  }
  async stop(): Promise<void> {
    await this.#scheduler?.stop()
    await this.informers.stop()
  }
  addNode(...args: Parameters<typeof node>): Promise<Readonly<Node>> {
    return this.client.create(Nodes, node(...args))
  }
  addPod(...args: Parameters<typeof pod>): Promise<Readonly<Pod>> {
    return this.client.create(Pods, pod(...args))
  }
  places(): Record<string, string | undefined> {
    return Object.fromEntries(this.client.all(Pods).map((p) => [p.metadata.name, p.spec.nodeName]))
  }
}
