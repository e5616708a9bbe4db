import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock, timestamp } from '../../../common/clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { startTestApi } from '../../api/testing/test-api.ts'
import type { TestApi } from '../../api/testing/test-api.ts'
import { SharedInformers } from '../../client/informers.ts'
import { LocalClient } from '../../client/local-client.ts'
import { EventBroadcaster } from '../../client/recorder.ts'
import { startScheduler } from '../../scheduler/index.ts'
import { RebalanceTable } from '../../scheduler/rebalance.ts'
import { startControllers } from '../index.ts'

/** So long without a write is rest. */
const QUIET_MS = 300
const PATIENCE_MS = 60_000
/** Nobody tells of the nodes again: longer than any test, or on a busy machine one that takes a minute would find them lost. */
const NODE_GRACE_MS = 24 * 3_600_000

/**
 * Everything real but the containers: store, API, informers, controllers, scheduler, on two nodes. A stand-in for the kubelet marks bound
 * pods as running (unless their image is "broken") and confirms deletions.
 */
export class ApiCluster {
  readonly api: TestApi
  readonly client: LocalClient
  readonly informers: SharedInformers
  /** What went wrong and was retried. */
  readonly failures: unknown[] = []
  #parts: { stop(): Promise<void> }[] = []
  #lastIp = 0

  private constructor(api: TestApi) {
    this.api = api
    this.client = new LocalClient(api.api)
    this.informers = new SharedInformers({ client: this.client, clock: systemClock, onError: (e) => this.failures.push(e) })
  }

  static async start(): Promise<ApiCluster> {
    const cluster = new ApiCluster(await startTestApi())
    const { client, informers, failures } = cluster
    const events = new EventBroadcaster({ client, clock: systemClock, onError: (e) => failures.push(e) })
    const context = { client, informers, clock: systemClock, recorder: (c: string) => events.recorder(c), onError: (e: unknown) => failures.push(e) }
    for (const name of ['node-1', 'node-2']) await cluster.#addNode(name)
    informers.for(Pods).addHandler({ onAdd: (pod) => void cluster.#run(pod), onUpdate: (pod) => void cluster.#run(pod) })
    cluster.#parts = [await startControllers({ ...context, rebalancing: new RebalanceTable(informers), nodeGraceMs: NODE_GRACE_MS }), await startScheduler(context), events, informers]
    return cluster
  }

  /** Resolves when nothing was written for a while, at whatever time that is on a busy machine; rejects when the writing does not end. */
  async atRest(): Promise<void> {
    const end = performance.now() + PATIENCE_MS
    for (let before = -1; before !== this.api.store.revision;) {
      if (performance.now() > end) throw new Error(`after ${String(PATIENCE_MS / 1000)} s something is written still`)
      before = this.api.store.revision
      await sleep(QUIET_MS)
    }
  }

  async stop(): Promise<void> {
    for (const part of this.#parts) await part.stop()
    await this.api.close()
  }

  async #addNode(name: string): Promise<void> {
    const node = await this.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} })
    const at = timestamp(systemClock.now())
    await this.client.updateStatus(Nodes, {
      ...node, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' }, conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: at, lastTransitionTime: at }] },
    })
  }

  async #run(pod: Frozen<Pod>): Promise<void> {
    try {
      if (!pod.spec.nodeName) return
      if (pod.metadata.deletionTimestamp !== undefined) return await this.client.delete(Pods, pod.metadata.namespace ?? '', pod.metadata.name, { gracePeriodSeconds: 0 })
      if (pod.status?.phase !== 'Pending' || pod.spec.containers[0]?.image === 'broken') return
      const podIP = `10.244.0.${String(++this.#lastIp)}`
      const conditions = [...(pod.status.conditions ?? []), { type: 'Ready', status: 'True', lastTransitionTime: timestamp(systemClock.now()) }]
      await this.client.updateStatus(Pods, { ...pod, status: { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } })
    } catch {
      // Somebody else wrote the pod; its next event comes here too.
    }
  }
}
