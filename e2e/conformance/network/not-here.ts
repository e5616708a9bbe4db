/** Names of sig-network that have no test here, and why. */
export const network: Readonly<Record<string, string>> = {}
