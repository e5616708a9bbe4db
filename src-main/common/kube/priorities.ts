/** The classes that every cluster has, for what a cluster or a node cannot do without. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, { value: number; description: string }>> = {
  'system-cluster-critical': { value: 2_000_000_000, description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.' },
  'system-node-critical': { value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' },
}
/** The highest value of a class that is not the system's. */
export const HIGHEST_USER_PRIORITY = 1_000_000_000
