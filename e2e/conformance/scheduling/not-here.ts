/** Names of sig-scheduling that have no test here, and why. */
export const scheduling: Readonly<Record<string, string>> = {}
