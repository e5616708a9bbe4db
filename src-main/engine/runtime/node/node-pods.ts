import { DockerLabel } from '../../../common/docker-labels.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ListedContainer, NodeRuntime, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { refusal } from '../pod/admission.ts'
import type { Refusal } from '../pod/admission.ts'
import type { NodeContext } from '../pod/node-context.ts'
import { PodWorker } from '../pod/pod-worker.ts'
import { removeLeftovers, removeOrphans } from './housekeeping.ts'
import { watchSources } from './pod-sources.ts'

export interface NodePodsOptions {
  runtime: NodeRuntime
  informers: Informers
  nodeName: string
  recorder: EventRecorder
}

/** The pods that are bound to one node, each with its worker: takes over what runs, follows their objects, hands on events and listings. */
export class NodePods {
  readonly #o: NodePodsOptions
  /** By the pod's UID. */
  readonly #workers = new Map<string, PodWorker>()
  readonly #ends: (() => void)[] = []
  /** Events that came before the workers were there. */
  #early: RuntimeEvent[] | undefined = []

  constructor(options: NodePodsOptions) {
    this.#o = options
  }

  find(namespace: string, name: string): PodWorker | undefined {
    const pod = this.#o.informers.for(Pods).lister.get(namespace, name)
    return pod === undefined ? undefined : this.#workers.get(pod.metadata.uid)
  }

  /** Has the pod ended for good, so that its containers use nothing any more? */
  isOver(uid: string): boolean {
    const pod = this.#workers.get(uid)?.pod
    return pod === undefined || isPodTerminated(pod)
  }

  onEvent(event: RuntimeEvent): void {
    if (this.#early !== undefined) this.#early.push(event)
    else this.#workers.get(event.labels[DockerLabel.podUid] ?? '')?.onEvent(event)
  }

  /** The node's disk has room again. */
  roomMade(): void {
    for (const worker of this.#workers.values()) worker.roomMade()
  }

  /** The node cannot keep the pod: it ends for good, for this reason. */
  evict(uid: string, message: string): void {
    this.#workers.get(uid)?.evict(message)
  }

  /** Says of every pod what is known of it. */
  sayStatuses(): void {
    for (const worker of this.#workers.values()) worker.sayStatus()
  }

  /** Nothing of it is on the node any more. */
  forget(uid: string): void {
    this.#workers.delete(uid)
  }

  /** Takes in a listing of all containers, and removes what no pod has any more. `lookAtAll`: also at those that look the same. */
  async compare(lookAtAll: boolean): Promise<void> {
    const { runtime } = this.#o
    const listed = await runtime.containers.list()
    const byPod = new Map<string, ListedContainer[]>()
    for (const c of listed) {
      const uid = c.labels[DockerLabel.podUid] ?? ''
      byPod.set(uid, [...(byPod.get(uid) ?? []), c])
    }
    const looks = [...this.#workers].map(([uid, worker]) => worker.relist(byPod.get(uid) ?? [], lookAtAll))
    if (lookAtAll) await Promise.all(looks)
    const orphans = listed.filter((c) => !this.#workers.has(c.labels[DockerLabel.podUid] ?? ''))
    if (orphans.length > 0) await removeOrphans(runtime, orphans)
    await removeLeftovers(runtime, (uid) => this.#workers.has(uid))
  }

  /** Adopts what runs, then follows the pods of this node. */
  async takeOver(context: NodeContext, listed: readonly ListedContainer[]): Promise<void> {
    const { informers, nodeName } = this.#o
    const found = new Map<string, ObservedContainer[]>()
    await Promise.all(listed.map(async (c) => {
      const seen = await this.#o.runtime.containers.inspect(c.id)
      const uid = seen?.labels[DockerLabel.podUid]
      if (seen === undefined || uid === undefined) return
      found.set(uid, [...(found.get(uid) ?? []), seen])
      if (seen.address !== undefined) context.addresses.take(uid, seen.address)
      const gpus = seen.labels[DockerLabel.gpus]
      if (gpus !== undefined) context.gpus.adopt(uid, seen.labels[DockerLabel.container] ?? '', gpus.split(','))
    }))
    const add = (pod: Frozen<Pod>): void => {
      const { uid } = pod.metadata
      if (this.#workers.has(uid)) return
      this.#workers.set(uid, new PodWorker(context, pod, found.get(uid) ?? [], this.#refusal(pod)))
      found.delete(uid)
    }
    const end = informers.for(Pods).addNodeHandler(nodeName, {
      onAdd: add,
      onUpdate: (pod) => {
        const worker = this.#workers.get(pod.metadata.uid)
        if (worker === undefined) add(pod)
        else worker.update(pod)
      },
      onDelete: (pod) => this.#workers.get(pod.metadata.uid)?.abandon(),
    })
    this.#ends.push(end, watchSources(informers, () => [...this.#workers.values()].map((w) => w.pod), (uid) => this.#workers.get(uid)?.sourcesChanged()))
    const early = this.#early ?? []
    this.#early = undefined
    for (const event of early) this.onEvent(event)
  }

  /** Makes no more workers. */
  unfollow(): void {
    for (const end of this.#ends) end()
  }

  /** Stops watching over them; every container stays as it is. */
  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()))
  }

  /** Why a pod that comes is not taken: the scheduler asks the same, but not everybody asks it. One that was taken once stays. */
  #refusal(pod: Frozen<Pod>): Refusal | undefined {
    const { informers, nodeName, recorder } = this.#o
    const node = informers.for(Nodes).lister.get('', nodeName)
    if (node === undefined || pod.status?.startTime !== undefined) return undefined
    const taken = ({ metadata: { uid }, status }: Pod): boolean => uid !== undefined && (status?.startTime !== undefined || this.#workers.get(uid)?.hasFailed === false)
    const why = refusal(pod, node, informers.for(Pods).lister.onNode(nodeName).filter((other) => !isPodTerminated(other) && taken(other)))
    if (why !== undefined) recorder.event(pod, 'Warning', why.reason, why.message)
    return why
  }
}
