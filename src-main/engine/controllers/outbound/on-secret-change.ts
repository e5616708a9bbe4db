import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import { Secrets } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { Informers } from '../../client/informer.ts'

/** Calls `onChange` for each object that refers to a Secret whenever what is in that changes. */
export function onSecretChange<T extends KubeObject>(informers: Informers, resource: Resource<T>, refsOf: (object: Frozen<T>) => readonly SecretKey[], onChange: (object: Frozen<T>) => void): void {
  const changed = ({ metadata: { namespace = '', name } }: Frozen<Secret>): void => {
    for (const object of informers.for(resource).lister.list()) if (refsOf(object).some((ref) => ref.namespace === namespace && ref.name === name)) onChange(object)
  }
  informers.for(Secrets).addHandler({ onAdd: changed, onDelete: changed, onUpdate: (now, old) => semanticEqual(now.data, old.data) || changed(now) })
}
