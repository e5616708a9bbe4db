/** A host's name as the name of a node: lower case, with nothing that Kubernetes does not take; `otherwise` where nothing is left of it. */
export function nodeNameOf(hostname: string, otherwise: string): string {
  return hostname.toLowerCase().replace(/[^a-z0-9.-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '') || otherwise
}
