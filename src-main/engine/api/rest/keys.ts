import type { Resource } from '../../../common/kube/resource.ts'
import type { Key } from '../../store/store.ts'

type Named = Pick<Resource, 'group' | 'plural'>

/** The store's prefix of a kind's objects, in one namespace or ('') in all. */
export function prefixOf(resource: Named, namespace = ''): Key {
  return namespace === '' ? `/${resource.group}/${resource.plural}/` : `/${resource.group}/${resource.plural}/${namespace}/`
}

/** The store's key of one object. */
export function keyOfObject(resource: Named, namespace: string, name: string): Key {
  return `/${resource.group}/${resource.plural}/${namespace}/${name}`
}
