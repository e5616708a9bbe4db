/** Names of sig-architecture that have no test here, and why. */
export const architecture: Readonly<Record<string, string>> = {
  '[sig-architecture] Conformance Tests should have at least two untainted nodes': 'not written yet',
}
