import type { UnlockKeys } from '../unlock-keys.ts'

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
