/** Names of sig-apps that have no test here, and why. */
export const apps: Readonly<Record<string, string>> = {}
