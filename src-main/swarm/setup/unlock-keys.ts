/** Where this desk keeps the unlock key of its swarm: sealed with its keychain. Never plain on a disk. */
export interface UnlockKeys {
  get(): string | undefined
  set(key: string): void
}
