import { microTime } from '../../../common/clock.ts'
import type { Clock, Timer } from '../../../common/clock.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node, NodeStatus } from '../../../common/kube/generated/core-v1.ts'
import { LEASE_NAMESPACE, Leases, Nodes } from '../../../common/kube/kinds.ts'
import { RESPONDING } from '../../../common/kube/node-conditions.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import type { NodeResources, NodeInfo, NodeImage, PodNetwork } from '../container-runtime.ts'
import type { Answer } from './heartbeat.ts'
import type { NodePlace } from './node-agent.ts'
import { nodeAnnotations, nodeDraft, nodeFacts, nodeLabels, nodeStatus, readyCondition, respondingCondition } from './node-object.ts'
import type { Responding } from './node-object.ts'

/** How often a node says that it is there. */
const HEARTBEAT_MS = 10_000
/** How often the Node's status says so too. In between it is a Lease, which is small and leaves no history. */
const STATUS_MS = 300_000
/** How long Docker may take to answer a heartbeat's ping. */
const PATIENCE_MS = 5_000

/** Keeps the Node object: made once, then a heartbeat, and Ready as Docker answers or not. */
export class NodeRegistration {
  readonly #client: Client
  readonly #clock: Clock
  readonly #name: string
  readonly #resources: NodeResources
  readonly #onError: (error: unknown) => void
  readonly #recorder: EventRecorder
  #timer: Timer | undefined
  #stopped = false
  #work: Promise<void> = Promise.resolve()

  #silentSince: number | undefined
  /** What others' writes of the status do not change for long: Go's clients say the whole of it, empty, with any part. */
  #facts: Pick<NodeStatus, 'addresses' | 'nodeInfo'> = {}

  constructor(options: { client: Client; clock: Clock; name: string; resources: NodeResources; recorder: EventRecorder; onError: (error: unknown) => void }) {
    this.#client = options.client
    this.#clock = options.clock
    this.#name = options.name
    this.#resources = options.resources
    this.#onError = options.onError
    this.#recorder = options.recorder
  }

  /** Makes the Node, or brings it up to date, with Ready true; begins the heartbeat. */
  async register(place: NodePlace, info: NodeInfo, network: PodNetwork, images: readonly NodeImage[]): Promise<void> {
    try {
      await this.#client.create(Nodes, nodeDraft(this.#name, place, info, network))
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
      await this.#client.patch(Nodes, '', this.#name, 'application/merge-patch+json', {
        metadata: { labels: { ...nodeLabels(this.#name, info), ...place.labels }, annotations: nodeAnnotations(place, network) },
        spec: { podCIDR: network.cidr, podCIDRs: [network.cidr] },
      })
    }
    this.#facts = nodeFacts(this.#name, place.address, info)
    await changeStatus(this.#client, Nodes, { namespace: '', name: this.#name }, (node) => {
      node.status = nodeStatus(node.status ?? {}, this.#name, place.address, info, images, this.#clock.now())
      return true
    })
    this.#next()
  }

  /** Docker does not answer. Nothing happens before the node was first registered. */
  unreachable(message: string): void {
    this.#enqueue(() => this.#write({ ready: false, message }))
  }

  /** The server fell silent, or speaks (again: an engine before this one may have found it silent). Nothing happens before the node was first registered. */
  responding(answer: Answer): void {
    this.#enqueue(async () => {
      const node = await this.#writeResponding(answer, (was) => !answer.heard || was === 'False')
      if (node === undefined) return
      this.#sayResponding(node, answer)
      if (answer.heard) await this.#beat()
    })
  }

  /** What runs on the server is known (again). Resolves when it is written. */
  seen(): Promise<void> {
    this.#enqueue(async () => void await this.#writeResponding('seen', (was) => was === 'Unknown'))
    return this.#work
  }

  /** Resolves with the node where it was changed. */
  async #writeResponding(state: Responding, isNews: (was: string | undefined) => boolean): Promise<Frozen<Node> | undefined> {
    let changed = false
    const node = await changeStatus(this.#client, Nodes, { namespace: '', name: this.#name }, (node) => {
      changed = isNews(findCondition(node.status?.conditions, RESPONDING)?.status)
      if (changed) node.status = { ...node.status, conditions: respondingCondition(node.status ?? {}, state, this.#clock.now()) }
      return changed
    })
    return changed ? node : undefined
  }

  #sayResponding(node: Frozen<Node>, answer: Answer): void {
    const now = this.#clock.monotonic()
    if (!answer.heard) {
      this.#silentSince = now - answer.silentMs
      this.#recorder.event(node, 'Warning', 'NodeNotResponding', `Server ${this.#name} has not answered for ${seconds(answer.silentMs)}. Nothing is sent to its pods meanwhile`)
    } else if (this.#silentSince !== undefined) {
      this.#recorder.event(node, 'Normal', 'NodeResponding', `Server ${this.#name} answers again, after ${seconds(now - this.#silentSince)}`)
      this.#silentSince = undefined
    }
  }

  /** Resolves when the last write is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#work
  }

  #next(): void {
    this.#timer?.cancel()
    if (this.#stopped) return
    this.#timer = this.#clock.setTimeout(() => this.#enqueue(() => this.#beat()), HEARTBEAT_MS)
  }

  async #beat(): Promise<void> {
    try {
      await this.#ping()
      await this.#write({ ready: true })
    } catch (error) {
      await this.#write({ ready: false, message: messageOf(error) })
    }
    await this.#renew()
    this.#next()
  }

  /** A Docker that hangs is as bad as one that is away, and must not stop the heart. */
  async #ping(): Promise<void> {
    let timer: Timer | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = this.#clock.setTimeout(() => reject(new Error(`Docker has not answered for ${String(PATIENCE_MS / 1000)} s: it hangs, or its server is overloaded.`)), PATIENCE_MS)
    })
    await Promise.race([this.#resources.ping(), tooLate]).finally(() => timer?.cancel())
  }

  #enqueue(job: () => Promise<void>): void {
    this.#work = this.#work.then(() => (this.#stopped ? undefined : job())).catch((error: unknown) => {
      this.#onError(error)
      this.#next()
    })
  }

  async #write(state: { ready: true } | { ready: false; message: string }): Promise<void> {
    const now = this.#clock.now()
    await changeStatus(this.#client, Nodes, { namespace: '', name: this.#name }, (node) => {
      // Unknown is a silent server's; why it is silent adds nothing.
      if (!state.ready && findCondition(node.status?.conditions, 'Ready')?.status === 'Unknown') return false
      const conditions = readyCondition(node.status ?? {}, state, now)
      const [before, after] = [findCondition(node.status?.conditions, 'Ready'), findCondition(conditions, 'Ready')]
      const { addresses, nodeInfo } = { ...node.status, ...this.#facts }
      const same = before?.status === after?.status && before?.reason === after?.reason && before?.message === after?.message && semanticEqual({ addresses, nodeInfo }, { addresses: node.status?.addresses, nodeInfo: node.status?.nodeInfo })
      if (same && now - Date.parse(before?.lastHeartbeatTime ?? '') < STATUS_MS) return false
      node.status = { ...node.status, ...this.#facts, conditions }
      return true
    })
  }

  async #renew(): Promise<void> {
    const renewTime = microTime(this.#clock.now())
    try {
      await this.#client.patch(Leases, LEASE_NAMESPACE, this.#name, 'application/merge-patch+json', { spec: { renewTime } })
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error
      await this.#lease(renewTime)
    }
  }

  async #lease(renewTime: string): Promise<void> {
    try {
      const { metadata: { uid } } = await this.#client.get(Nodes, '', this.#name)
      await this.#client.create(Leases, {
        apiVersion: 'coordination.k8s.io/v1', kind: 'Lease',
        // It goes with its node.
        metadata: { name: this.#name, namespace: LEASE_NAMESPACE, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: this.#name, uid }] },
        spec: { holderIdentity: this.#name, leaseDurationSeconds: 40, renewTime },
      })
    } catch (error) {
      // The node is not registered, or the namespace not made yet: at the next beat.
      if (!hasReason(error, 'NotFound')) throw error
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
