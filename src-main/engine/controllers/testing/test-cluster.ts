import { timestamp } from '../../../common/clock.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { WatchEvent } from '../../client/client.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { BUILT_IN } from '../resources.ts'
import type { ControllerContext } from '../context.ts'
import type { ReconcileFailure } from '../workqueue/controller.ts'

/** A memory client whose watches can be held back, with informers and a context on it. Time is fake. */
export class TestCluster {
  readonly clock = new FakeClock()
  readonly client = new MemoryClient(this.clock)
  readonly failures: ReconcileFailure[] = []
  readonly events: string[] = []
  readonly #held = new Map<string, { events: WatchEvent<KubeObject>[]; deliver: (events: WatchEvent<KubeObject>[]) => void }>()
  readonly informers: SharedInformers
  readonly context: ControllerContext

  constructor() {
    const watch = this.client.watch.bind(this.client)
    this.client.watch = (resource, revision, onEvents, signal) => watch(resource, revision, (events) => {
      const held = this.#held.get(groupResourceOf(resource))
      if (held === undefined) return onEvents(events)
      held.deliver = onEvents as typeof held.deliver
      held.events.push(...(events as unknown as WatchEvent<KubeObject>[]))
    }, signal)
    this.informers = new SharedInformers({ client: this.client, clock: this.clock, onError: () => undefined })
    this.context = {
      client: this.client, informers: this.informers, clock: this.clock, resources: BUILT_IN, onError: (f) => this.failures.push(f),
      recorder: () => ({ event: (object, type, reason, message) => this.events.push(`${object.kind}/${object.metadata.name} ${type} ${reason}: ${message}`) }),
    }
  }

  /** Lets everything that needs no time run to its end. */
  async settle(): Promise<void> {
    for (let i = 0; i < 6; i++) await this.clock.advance(5)
  }

  /** From now on the kind's changes reach no informer. */
  holdWatch(resource: Resource): void {
    this.#held.set(groupResourceOf(resource), { events: [], deliver: () => undefined })
  }

  /** Delivers the first `n` held changes and goes on holding, or all and stops holding. */
  releaseWatch(resource: Resource, n?: number): void {
    const held = this.#held.get(groupResourceOf(resource))
    if (held === undefined) return
    held.deliver(held.events.splice(0, n ?? held.events.length))
    if (n === undefined) this.#held.delete(groupResourceOf(resource))
  }

  /** What a node would report of a pod. */
  async setPod(pod: Pod, status: { phase?: string; ready?: boolean; ip?: string }): Promise<void> {
    const copy = structuredClone(await this.client.get(Pods, pod.metadata.namespace ?? '', pod.metadata.name)) as Pod
    const at = timestamp(this.clock.now())
    copy.status = {
      ...copy.status, phase: status.phase ?? 'Running', ...(status.ip === undefined ? {} : { podIP: status.ip, podIPs: [{ ip: status.ip }] }),
      conditions: [{ type: 'Ready', status: status.ready === true ? 'True' : 'False', lastTransitionTime: at }],
    }
    await this.client.updateStatus(Pods, copy)
  }

  stop(): Promise<void> {
    return this.informers.stop()
  }
}
