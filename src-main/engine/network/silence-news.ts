/** A server whose endpoints are out of the rules of all others. */
export interface SilenceNews {
  node: string
  /** From when it was known to be silent until the last of the others had its new rules. */
  afterMs: number
}

/** Notices when the last of the servers that answer has rules without the endpoints of a silent one. Pure but for what it remembers. */
export class SilenceWatch {
  /** Since when each is silent, monotonic; undefined: it has been told. */
  readonly #since = new Map<string, number | undefined>()

  /** `silent`: who is silent now. */
  changed(silent: ReadonlySet<string>, now: number): void {
    for (const node of this.#since.keys()) if (!silent.has(node)) this.#since.delete(node)
    for (const node of silent) if (!this.#since.has(node)) this.#since.set(node, now)
  }

  /** `applied`: for each server that answers, who was silent by the rules that it has. Gives what is news, once. */
  news(applied: readonly (ReadonlySet<string> | undefined)[], now: number): SilenceNews[] {
    if (applied.length === 0) return []
    return [...this.#since].flatMap(([node, since]) => {
      if (since === undefined || !applied.every((silent) => silent?.has(node) === true)) return []
      this.#since.set(node, undefined)
      return [{ node, afterMs: now - since }]
    })
  }
}
