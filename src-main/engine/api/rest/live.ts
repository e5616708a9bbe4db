import { notFound } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Kind } from '../registry/kind.ts'
import type { ListRequest, ListResult } from './read.ts'
import { selectionOf } from './selection.ts'

/** Reads one object of a kind that is stored nowhere, or throws NotFound. */
export function getLive(kind: Kind, namespace: string, name: string): KubeObject {
  const found = kind.live?.(namespace).find((object) => object.metadata.name === name)
  if (found === undefined) throw notFound(groupResourceOf(kind.resource), name)
  return found
}

/** Lists a kind that is stored nowhere, all on one page. It has no revision. */
export function listLive(kind: Kind, { namespace = '', labelSelector, fieldSelector }: ListRequest): ListResult {
  const selection = selectionOf(kind, labelSelector, fieldSelector)
  return { items: (kind.live?.(namespace) ?? []).filter((object) => selection.matches(object)), resourceVersion: '' }
}
