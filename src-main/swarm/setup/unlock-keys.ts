/** Where this desk keeps the unlock key of its swarm: sealed with its keychain, or in memory. Never plain on a disk. */
export interface UnlockKeys {
  get(): string | undefined
  set(key: string): void
}

/** Keeps the key while the program runs. */
export class UnlockKeysInMemory implements UnlockKeys {
  #key: string | undefined

  get(): string | undefined {
    return this.#key
  }

  set(key: string): void {
    this.#key = key
  }
}
