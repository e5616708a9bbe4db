/** Names of sig-instrumentation that have no test here, and why. */
export const instrumentation: Readonly<Record<string, string>> = {}
