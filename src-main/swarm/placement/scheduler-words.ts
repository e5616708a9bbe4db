/** The filters of swarmkit's scheduler (manager/scheduler/filter.go), those that a person can mend first. */
export type SchedulerFilter = 'constraints' | 'resources' | 'hostPort' | 'platform' | 'maxReplicas' | 'plugin' | 'ready'

/** Nodes that one filter took out; `said`: the scheduler's own words for it. */
export interface FilteredNodes {
  /** Undefined: words that are not known here. */
  readonly filter: SchedulerFilter | undefined
  /** How many; undefined where the words do not say. */
  readonly nodes: number | undefined
  readonly said: string
}

const WORDS: readonly (readonly [SchedulerFilter, RegExp])[] = [
  ['constraints', /scheduling constraints not satisfied/i], ['resources', /insufficient resources/i], ['hostPort', /host-mode port already in use/i], ['platform', /unsupported platform/i],
  ['maxReplicas', /max replicas per node limit exceed/i], ['plugin', /missing plugin/i], ['ready', /nodes? not available for new tasks/i],
]

/**
 * Why the scheduler finds no node, filter by filter and in the order that it says it, from a task's `Status.Err`: `no suitable node (insufficient resources on 1 node;
 * 2 nodes not available for new tasks)`. Empty where it gives no reason. Pure.
 */
export function filteredNodes(err: string): FilteredNodes[] {
  const details = /no suitable node \((.*)\)/i.exec(err)?.[1] ?? ''
  return details.split(/;\s*/).filter((part) => part !== '').map((said) => {
    const count = /(\d+) nodes?\b/i.exec(said)?.[1]
    return { filter: WORDS.find(([, pattern]) => pattern.test(said))?.[0], nodes: count === undefined ? undefined : Number(count), said }
  })
}

/** The order in which a person can mend them. */
export function byMending(a: FilteredNodes, b: FilteredNodes): number {
  const place = ({ filter }: FilteredNodes): number => WORDS.findIndex(([name]) => name === filter)
  return place(a) - place(b)
}
