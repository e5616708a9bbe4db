/** Long works by the UID of their object: each can be given up, and waited for. */
export class RunningWork {
  readonly #works = new Map<string, { abort: AbortController; over: Promise<unknown> }>()

  /** Does a work until it is over, `signal` is aborted, or somebody gives it up. */
  async run<T>(uid: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    const doing = work(AbortSignal.any([signal, abort.signal]))
    this.#works.set(uid, { abort, over: doing.catch(() => undefined) })
    try {
      return await doing
    } finally {
      this.#works.delete(uid)
    }
  }

  /** Resolves when the work of that object, if there is one, is over. */
  async giveUp(uid: string, why: string): Promise<void> {
    const work = this.#works.get(uid)
    work?.abort.abort(new Error(why))
    await work?.over
  }

  has(uid: string): boolean {
    return this.#works.has(uid)
  }
}
