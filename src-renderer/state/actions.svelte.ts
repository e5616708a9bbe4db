import type { Cluster, ObjectRef, Plan, RegistryLogin, ReleaseOrder, Servers } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { worldOf } from '../lib/words.ts'
import { m } from '../paraglide/messages.js'
import { toasts } from './toasts.svelte.ts'
import { withToast } from './with-toast.ts'

/** What people do to a cluster. Each says in a toast what it did and how to take it back, or why it could not. */
export class Actions {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  scale(app: ObjectRef, from: number, to: number): Promise<boolean> {
    return this.#run(() => this.#cluster.scale(app, to), m.done_scaled({ name: app.name, from, to }), () => this.#cluster.scale(app, from))
  }

  setImage(app: ObjectRef, container: string, from: string, to: string): Promise<boolean> {
    return this.#run(() => this.#cluster.setImage(app, container, to), m.done_image({ name: app.name, image: to }), () => this.#cluster.setImage(app, container, from))
  }

  restart(app: ObjectRef): Promise<boolean> {
    return this.#run(() => this.#cluster.restart(app), m.done_restart({ name: app.name }))
  }

  pause(app: ObjectRef, paused: boolean): Promise<boolean> {
    const text = paused ? m.done_paused({ name: app.name }) : m.done_resumed({ name: app.name })
    return this.#run(() => this.#cluster.pause(app, paused), text, () => this.#cluster.pause(app, !paused))
  }

  /** `current` is the revision to come back to. */
  rollback(app: ObjectRef, revision: number, current: number): Promise<boolean> {
    return this.#run(() => this.#cluster.rollback(app, revision), m.done_rollback({ name: app.name, revision }), () => this.#cluster.rollback(app, current))
  }

  /** A promotion cannot be taken back; what was taken back can be tried again. */
  steer(app: ObjectRef, release: ObjectRef, order: ReleaseOrder): Promise<boolean> {
    const text = order === 'abort' ? m.done_taken_back({ name: app.name }) : order === 'retry' ? m.done_retried({ name: app.name }) : m.done_promoted({ name: app.name })
    const back = order === 'abort' ? 'retry' : order === 'retry' ? 'abort' : undefined
    return this.#run(() => this.#cluster.steer(release, order), text, back === undefined ? undefined : () => this.#cluster.steer(release, back))
  }

  saveRegistryLogin(login: RegistryLogin): Promise<boolean> {
    return this.#run(() => this.#cluster.saveRegistryLogin(login), m.done_registry({ server: login.server.trim() === '' ? 'Docker Hub' : login.server.trim(), namespace: login.namespace }))
  }

  cordon(node: ObjectRef, cordoned: boolean): Promise<boolean> {
    const text = cordoned ? m.done_cordoned({ name: node.name }) : m.done_uncordoned({ name: node.name })
    return this.#run(() => this.#cluster.cordon(node, cordoned), text, () => this.#cluster.cordon(node, !cordoned))
  }

  /** Cannot be taken back: the pod that waited is given up. */
  startWithoutData(pod: ObjectRef): Promise<boolean> {
    return this.#run(() => this.#cluster.startWithoutData(pod), m.done_without_data({ name: pod.name }))
  }

  setZone(servers: Pick<Servers, 'setZone'>, name: string, from: string, to: string): Promise<boolean> {
    return this.#run(() => servers.setZone(name, to), to === '' ? m.done_no_zone({ name }) : m.done_zone({ name, zone: to }), () => servers.setZone(name, from))
  }

  /** Says how a drain ended. What it moved stays where it is now; taking it back opens the node again. */
  drainEnded(node: ObjectRef, complete: boolean): void {
    const text = complete ? m.done_drained({ name: node.name, mode: worldOf(node) }) : m.done_drain_stopped({ name: node.name, mode: worldOf(node) })
    toasts.show({ tone: complete ? 'ok' : 'info', text, undo: () => this.#undo(() => this.#cluster.cordon(node, false)) })
  }

  /** Deletes; taken back by applying what was there. A pod that an app owns is replaced by itself, so there is nothing to take back. */
  async remove(ref: ObjectRef, owned = false): Promise<boolean> {
    let before = ''
    return this.#run(
      async () => {
        if (!owned) before = await this.#cluster.manifest(ref, 'editable')
        await this.#cluster.remove(ref)
      },
      m.done_deleted({ kind: ref.kind, name: ref.name }),
      owned ? undefined : async () => this.#applyAll([before]),
    )
  }

  /** Applies a text; the plan comes back, with problems where nothing was applied. */
  async apply(yaml: string): Promise<Plan | undefined> {
    try {
      const dry = await this.#cluster.plan(yaml)
      if (dry.problems.some((p) => p.severity === 'error')) return dry
      const updated = dry.changes.filter((c) => c.action === 'update')
      const before = await Promise.all(updated.map((c) => this.#cluster.manifest(c.ref, 'editable')))
      const plan = await this.#cluster.apply(yaml)
      if (plan.problems.some((p) => p.severity === 'error')) return plan
      const created = plan.changes.filter((c) => c.action === 'create').map((c) => c.ref)
      const count = plan.changes.filter((c) => c.action !== 'unchanged').length
      if (count === 0) toasts.show({ tone: 'info', text: m.done_nothing() })
      else {
        const undo = async (): Promise<void> => {
          for (const ref of created.toReversed()) await this.#cluster.remove(ref)
          await this.#applyAll(before)
        }
        toasts.show({ tone: 'ok', text: m.done_applied({ count }), undo: () => this.#undo(undo) })
      }
      return plan
    } catch (error) {
      toasts.show({ tone: 'bad', text: sentenceOf(error) })
      return undefined
    }
  }

  async #applyAll(texts: string[]): Promise<void> {
    for (const text of texts) {
      const { problems } = await this.#cluster.apply(text)
      const bad = problems.find((p) => p.severity === 'error')
      if (bad !== undefined) throw new Error(bad.message)
    }
  }

  #run(act: () => Promise<void>, done: string, undo?: () => Promise<void>): Promise<boolean> {
    return withToast(act, done, undo === undefined ? undefined : () => this.#undo(undo))
  }

  async #undo(undo: () => Promise<void>): Promise<void> {
    try {
      await undo()
      toasts.show({ tone: 'info', text: m.done_undone() })
    } catch (error) {
      toasts.show({ tone: 'bad', text: m.undo_failed({ why: sentenceOf(error) }) })
    }
  }
}
