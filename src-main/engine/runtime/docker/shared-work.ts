import type { TransferProgress } from '../container-runtime.ts'

interface Joined {
  onProgress?: ((progress: TransferProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

interface Running<T> {
  work: Promise<T>
  members: Set<Joined>
  over: AbortController
}

/** Work that several may ask for at the same time, and that is done once. It is given up when all who asked have given up. */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>()

  /** Begins the work, or joins what is under way for the same key. Rejects with the signal's reason when this caller gives up. */
  async join(key: string, member: Joined, work: (tell: (progress: TransferProgress) => void, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = member
    signal?.throwIfAborted()
    const running = this.#running.get(key) ?? this.#begin(key, work)
    running.members.add(member)
    let leave: (() => void) | undefined
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        running.members.delete(member)
        if (running.members.size === 0) this.#giveUp(key, running, signal?.reason)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', leave, { once: true })
    })
    try {
      return await Promise.race([running.work, left])
    } finally {
      if (leave !== undefined) signal?.removeEventListener('abort', leave)
      running.members.delete(member)
    }
  }

  #begin(key: string, work: (tell: (progress: TransferProgress) => void, signal: AbortSignal) => Promise<T>): Running<T> {
    const members = new Set<Joined>()
    const over = new AbortController()
    const running: Running<T> = {
      members, over,
      work: work((progress) => members.forEach(({ onProgress }) => onProgress?.(progress)), over.signal).finally(() => this.#forget(key, running)),
    }
    // Those who gave up hear nothing of how it ended.
    running.work.catch(() => undefined)
    this.#running.set(key, running)
    return running
  }

  /** Whoever comes now begins anew. */
  #giveUp(key: string, running: Running<T>, reason: unknown): void {
    this.#forget(key, running)
    running.over.abort(reason)
  }

  #forget(key: string, running: Running<T>): void {
    if (this.#running.get(key) === running) this.#running.delete(key)
  }
}
