/** Names of sig-api-machinery that have no test here, and why. */
export const apiMachinery: Readonly<Record<string, string>> = {}
