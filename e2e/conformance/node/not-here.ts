/** Names of sig-node that have no test here, and why: none. */
export const node: Readonly<Record<string, string>> = {}
