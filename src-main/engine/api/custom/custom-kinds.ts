import { messageOf } from '../../../common/errors.ts'
import { isEstablished, isOfBuiltIn } from '../../../common/kube/custom-resources.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions } from '../../../common/kube/kinds.ts'
import type { Store } from '../../store/store.ts'
import type { Kind } from '../registry/kind.ts'
import type { Registry } from '../registry/registry.ts'
import { prefixOf } from '../rest/keys.ts'
import { same } from '../rest/same.ts'
import type { WebhookCaller } from '../webhooks/caller.ts'
import { kindsOf } from './custom-kind.ts'

/** What custom kinds are made from and put into. */
export interface CustomKindsOptions {
  readonly store: Store
  readonly registry: Registry
  readonly webhooks: WebhookCaller
}

/** Keeps a registry's custom kinds as the stored definitions say, from the first moment on: a write of a definition is answered when its kind is served. Returns a function that ends it. */
export function followDefinitions({ store, registry, webhooks }: CustomKindsOptions): () => void {
  const served = new Map<string, { definition: Readonly<CustomResourceDefinition>; kinds: Kind[] }>()
  const prefix = prefixOf(CustomResourceDefinitions)

  const put = (definition: Readonly<CustomResourceDefinition>): void => {
    const { name } = definition.metadata
    const known = served.get(name)
    if (known !== undefined && same(partOf(known.definition), partOf(definition))) return
    const kinds = isEstablished(definition) && !isOfBuiltIn(definition) ? made(definition, webhooks) : []
    if (kinds.length === 0 && known === undefined) return
    served.set(name, { definition, kinds })
    registry.replace(known?.kinds ?? [], kinds)
  }
  const drop = (name: string): void => {
    const known = served.get(name)
    if (known === undefined) return
    served.delete(name)
    registry.replace(known.kinds, [])
  }

  const { entries, revision } = store.list(prefix)
  for (const { value } of entries) put(value as unknown as CustomResourceDefinition)
  return store.watch(prefix, revision, (changes) => {
    for (const { type, entry } of changes) {
      const definition = entry.value as unknown as CustomResourceDefinition
      if (type === 'delete') drop(definition.metadata.name)
      else put(definition)
    }
  })
}

/** Nothing of a definition that an older engine let through and this one cannot read; the others are served all the same. */
function made(definition: Readonly<CustomResourceDefinition>, webhooks: WebhookCaller): Kind[] {
  try {
    return kindsOf(definition, webhooks)
  } catch (error) {
    console.error(`${definition.metadata.name} is not served: ${messageOf(error)}`)
    return []
  }
}

/** What of a definition its kinds are made of. Conditions that others write change none. */
function partOf({ spec, status, metadata }: Readonly<CustomResourceDefinition>): unknown {
  return [spec, status?.acceptedNames, metadata.deletionTimestamp, isEstablished({ status } as CustomResourceDefinition)]
}
