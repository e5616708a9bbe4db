/** Names of sig-cli that have no test here, and why. */
export const cli: Readonly<Record<string, string>> = {}
