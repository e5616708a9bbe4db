import { timestamp } from '../../../common/clock.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node, Pod, PodCondition } from '../../../common/kube/generated/core-v1.ts'
import { LEASE_NAMESPACE, Leases, Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { Silence } from './silence.ts'
import { computeVerdict } from './verdict.ts'

/** A heartbeat is due every 10 s; this many may be lost. */
const GRACE_MS = 40_000
/** Woken later than this, the engine itself slept: its clock says nothing about the nodes. */
const OVERSLEPT_MS = 2000
/** Nodes judged at a time: many may fall silent together, and a verdict that is late looks as if the engine had slept. */
const WORKERS = 16
/** Pods of a node marked at a time. */
const AT_ONCE = 32

interface Heartbeat {
  token: string
  /** Monotonic, when it was seen here: the node's own clock is not ours. */
  at: number
}

/** Watches the nodes' heartbeats (Ready's lastHeartbeatTime, or a Lease) and says of a silent node that it, and its pods, are not ready. */
export class NodeLifecycleController implements Runnable {
  readonly name = 'node-lifecycle-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  /** Apart from the verdicts: a node's many pods must not keep the next node waiting for its own. */
  readonly #marker: Controller
  readonly #heartbeats = new Map<string, Heartbeat>()
  readonly #graceMs: number
  /** Silent nodes whose pods are marked. */
  readonly #marked = new Set<string>()
  readonly #silence: Silence
  #awakeAt = 0

  constructor(context: ControllerContext, graceMs = GRACE_MS) {
    this.#context = context
    this.#graceMs = graceMs
    this.#silence = new Silence(context.clock)
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: WORKERS, reconcile: (key) => this.#reconcile(key) })
    this.#marker = new Controller({ name: `${this.name}: pods`, clock: context.clock, onError: context.onError, reconcile: (key) => this.#markPods(key) })
    const { informers } = context
    informers.for(Nodes).addHandler({
      onAdd: (node) => {
        this.#heard(node.metadata.name)
        this.#marker.enqueue(node.metadata.name)
      },
      onUpdate: (node, old) => {
        this.#heard(node.metadata.name)
        if (readyOf(node) !== readyOf(old)) {
          this.#marker.enqueue(node.metadata.name)
          this.#sayReady(node, readyOf(old))
          // Whether others are Ready decides about each.
          for (const n of informers.for(Nodes).lister.list()) this.#controller.enqueue(n.metadata.name)
        }
        if (!semanticEqual(node.spec?.taints, old.spec?.taints) || this.#silence.changed(node, old) || pressureOf(node) !== pressureOf(old)) this.#controller.enqueue(node.metadata.name)
      },
      onDelete: ({ metadata: { name } }) => {
        this.#heartbeats.delete(name)
        this.#marked.delete(name)
      },
    })
    const renewed = (lease: { metadata: { namespace?: string; name: string } }): void => {
      if (lease.metadata.namespace === LEASE_NAMESPACE) this.#heard(lease.metadata.name)
    }
    informers.for(Leases).addHandler({ onAdd: renewed, onUpdate: renewed })
  }

  start(): void {
    this.#controller.start()
    this.#marker.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#controller.stop(), this.#marker.stop()])
  }

  #heard(name: string): void {
    const node = this.#context.informers.for(Nodes).lister.get('', name)
    if (node === undefined) return
    const lease = this.#context.informers.for(Leases).lister.get(LEASE_NAMESPACE, name)
    const token = `${lease?.spec.renewTime ?? ''} ${findCondition(node.status?.conditions, 'Ready')?.lastHeartbeatTime ?? ''}`
    if (this.#heartbeats.get(name)?.token === token) return
    this.#heartbeats.set(name, { token, at: this.#context.clock.monotonic() })
    this.#controller.enqueue(name)
  }

  /** Its end of being silent, or the word of its own agent that it is not ready. */
  #sayReady(node: Frozen<Node>, before: string | undefined): void {
    const now = findCondition(node.status?.conditions, 'Ready')
    if (now?.status === 'True' && before !== undefined) this.#recorder.event(node, 'Normal', 'NodeReady', `Server ${node.metadata.name} is ready again: new pods start on it`)
    if (now?.status === 'False') this.#recorder.event(node, 'Warning', 'NodeNotReady', now.message ?? `Server ${node.metadata.name} is not ready`)
  }

  async #reconcile(name: string): Promise<Again | void> {
    const { clock, informers, client } = this.#context
    const node = informers.for(Nodes).lister.get('', name)
    const heartbeat = this.#heartbeats.get(name)
    if (node === undefined || heartbeat === undefined) return
    const now = clock.monotonic()
    const due = Math.max(heartbeat.at, this.#awakeAt) + this.#graceMs
    if (now > due + OVERSLEPT_MS && readyOf(node) !== 'Unknown') {
      this.#awakeAt = now
      return { requeueAfterMs: this.#graceMs }
    }
    const lost = this.#silence.judge(node, informers.for(Nodes).lister.list())
    const silent = now >= due || lost.is
    const othersReady = informers.for(Nodes).lister.list().some((n) => n.metadata.name !== name && readyOf(n) === 'True')
    const verdict = computeVerdict(node, { silent, lost: lost.is, othersReady }, clock.now())
    let written = node
    if (!semanticEqual(verdict.conditions, node.status?.conditions)) {
      written = await client.updateStatus(Nodes, { ...node, status: { ...node.status, conditions: verdict.conditions } })
      if (lost.is) this.#recorder.event(node, 'Warning', 'NodeLost', `Server ${name} is lost: ${lost.why} Its pods are made elsewhere, but for those whose data is there and those of StatefulSets.`)
      else if (silent) this.#recorder.event(node, 'Warning', 'NodeNotReady', `Node ${name} stopped reporting`)
    }
    if (!semanticEqual(verdict.taints, node.spec?.taints)) await client.update(Nodes, { ...written, spec: { ...written.spec, taints: verdict.taints } })
    if (lost.lookAgainMs !== undefined) return { requeueAfterMs: lost.lookAgainMs }
    return silent ? undefined : { requeueAfterMs: due - now }
  }

  /** Pods of a silent node lose Ready. When it speaks again its own agent looks at them, and says what they are. */
  async #markPods(key: string): Promise<void> {
    const { client, clock, informers } = this.#context
    const node = informers.for(Nodes).lister.get('', key)
    const ready = node && readyOf(node)
    if (ready !== 'Unknown') {
      this.#marked.delete(key)
      return
    }
    if (this.#marked.has(key)) return
    const toMark = informers.for(Pods).lister.onNode(key).filter(isPodReady)
    const mark = async ({ metadata: { namespace = '', name, uid } }: Frozen<Pod>): Promise<void> => {
      await changeStatus(client, Pods, { namespace, name, uid }, (copy) => {
        const lost: PodCondition = { type: 'Ready', status: 'False', reason: 'NodeNotReporting', message: 'The node of this pod stopped reporting.', lastTransitionTime: timestamp(clock.now()) }
        copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions, lost) }
        return true
      })
    }
    // Several share one commit.
    for (let i = 0; i < toMark.length; i += AT_ONCE) await Promise.all(toMark.slice(i, i + AT_ONCE).map(mark))
    this.#marked.add(key)
  }
}

function readyOf(node: Frozen<Node>): string | undefined {
  return findCondition(node.status?.conditions, 'Ready')?.status
}

function pressureOf({ status }: Frozen<Node>): string {
  return (status?.conditions ?? []).filter((c) => c.type.endsWith('Pressure') && c.status === 'True').map((c) => c.type).join()
}
