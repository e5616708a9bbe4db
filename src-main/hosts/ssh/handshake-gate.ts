const AT_ONCE = 3

/**
 * Lets few handshakes at a time go to one address: sshd drops logins that are not finished from the tenth on (MaxStartups 10:30:100), and
 * others log in there, too. Share one among all servers of a process, because they may share a jump host.
 */
export class HandshakeGate {
  readonly #busy = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Resolves to a function that must be called when the handshake is over, or rejects with the signal's reason. */
  async enter(address: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const busy = this.#busy.get(address) ?? 0
    if (busy < AT_ONCE) this.#busy.set(address, busy + 1)
    else await this.#turn(address, signal)
    let left = false
    return () => {
      if (!left) this.#leave(address)
      left = true
    }
  }

  /** A place is handed over, so the count stays. */
  #turn(address: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(address) ?? []
      this.#waiting.set(address, queue)
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = (): void => {
        queue.splice(queue.indexOf(enter), 1)
        reject(signal.reason as Error)
      }
      queue.push(enter)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #leave(address: string): void {
    const next = this.#waiting.get(address)?.shift()
    if (next !== undefined) return next()
    const busy = (this.#busy.get(address) ?? 1) - 1
    if (busy > 0) this.#busy.set(address, busy)
    else {
      this.#busy.delete(address)
      this.#waiting.delete(address)
    }
  }
}
