import type { ConstrainedNode } from './constraints.ts'
import { meets } from './constraints.ts'

/** What is read of a service, as Docker tells of it. */
export interface ConstrainedService {
  readonly Spec: {
    readonly Name: string
    readonly Mode?: { readonly Global?: object; readonly GlobalJob?: object }
    readonly TaskTemplate: { readonly Placement?: { readonly Constraints?: readonly string[] | null } }
  }
}

/**
 * Whether a service's constraints let it run on `node` and on none of `others`: without that node it waits. One without constraints runs anywhere, and one with a
 * task on each node is missed by none. Pure.
 */
export function isBoundTo({ Spec: { Mode, TaskTemplate } }: ConstrainedService, node: ConstrainedNode, others: readonly ConstrainedNode[]): boolean {
  const constraints = TaskTemplate.Placement?.Constraints ?? []
  const fits = (one: ConstrainedNode): boolean => constraints.every((constraint) => meets(one, constraint))
  return constraints.length > 0 && Mode?.Global === undefined && Mode?.GlobalJob === undefined && fits(node) && !others.some(fits)
}
