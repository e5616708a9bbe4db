/** Names of sig-node that have no test here, and why. */
export const node: Readonly<Record<string, string>> = {
}
