import type { Node } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Framework } from './conformance.ts'

/** A list as the API gives it. */
export interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number }
  readonly items: T[]
}

export async function nodesOf({ client }: Framework): Promise<Node[]> {
  return (await client.get<List<Node>>('/api/v1/nodes')).items
}
