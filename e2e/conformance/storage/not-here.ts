/** Names of sig-storage that have no test here, and why: none. */
export const storage: Readonly<Record<string, string>> = {}
