/** Everybody who said who they are is in it. */
export const AUTHENTICATED = 'system:authenticated'
/** Who did not. */
export const UNAUTHENTICATED = 'system:unauthenticated'

/** The groups of every service account of a namespace. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
}
