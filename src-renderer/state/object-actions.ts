import type { ObjectRef, Resources } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { toasts } from './toasts.svelte.ts'
import { withToast } from './with-toast.ts'

/** What people do to an object of any kind. Each says in a toast what it did and how to take it back, or why it could not. */
export class ObjectActions {
  readonly #resources: Resources
  readonly #remove: (ref: ObjectRef) => Promise<void>

  /** `remove` deletes an object. */
  constructor(resources: Resources, remove: (ref: ObjectRef) => Promise<void>) {
    this.#resources = resources
    this.#remove = remove
  }

  scale(ref: ObjectRef, from: number, to: number): Promise<boolean> {
    return this.#run(() => this.#resources.scale(ref, to), m.done_scaled({ name: ref.name, from, to }), () => this.#resources.scale(ref, from))
  }

  restart(ref: ObjectRef): Promise<boolean> {
    return this.#run(() => this.#resources.restart(ref), m.done_restart({ name: ref.name }))
  }

  pause(ref: ObjectRef, paused: boolean): Promise<boolean> {
    const text = paused ? m.done_paused({ name: ref.name }) : m.done_resumed({ name: ref.name })
    return this.#run(() => this.#resources.pause(ref, paused), text, () => this.#resources.pause(ref, !paused))
  }

  suspend(ref: ObjectRef, suspended: boolean): Promise<boolean> {
    const text = suspended ? m.done_suspended({ name: ref.name }) : m.done_unsuspended({ name: ref.name })
    return this.#run(() => this.#resources.suspend(ref, suspended), text, () => this.#resources.suspend(ref, !suspended))
  }

  /** Gives the Job that was started; undefined when none was. Taking it back deletes it. */
  async runNow(ref: ObjectRef): Promise<ObjectRef | undefined> {
    try {
      const job = await this.#resources.runNow(ref)
      toasts.show({ tone: 'ok', text: m.done_run({ name: job.name }), undo: () => this.#undo(() => this.#remove(job)) })
      return job
    } catch (error) {
      toasts.show({ tone: 'bad', text: sentenceOf(error) })
      return undefined
    }
  }

  #run(act: () => Promise<void>, done: string, undo?: () => Promise<void>): Promise<boolean> {
    return withToast(act, done, undo === undefined ? undefined : () => this.#undo(undo))
  }

  async #undo(undo: () => Promise<void>): Promise<void> {
    await withToast(undo, m.done_undone())
  }
}

/** Reads what was typed as a number of replicas; undefined where it is none. */
export function readReplicas(text: string): number | undefined {
  const trimmed = text.trim()
  if (!/^\d{1,4}$/.test(trimmed)) return undefined
  const count = Number(trimmed)
  return count <= 1000 ? count : undefined
}
