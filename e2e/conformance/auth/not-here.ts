/** Names of sig-auth that have no test here, and why. */
export const auth: Readonly<Record<string, string>> = {}
