/** Names of sig-architecture that have no test here, and why. */
export const architecture: Readonly<Record<string, string>> = {}
