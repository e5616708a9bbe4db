import type { KubeObject } from '../../../common/kube/object.ts'
import type { Kind } from '../registry/kind.ts'
import type { Registry } from '../registry/registry.ts'
import { storedKind } from '../registry/versions.ts'

const known = new WeakMap<Registry, { readonly generation: number; readonly of: Map<Kind, readonly Kind[]> }>()

/** The same resource in its other versions, which a rule may be about instead. */
export function equivalentsOf(registry: Registry, kind: Kind): readonly Kind[] {
  let seen = known.get(registry)
  if (seen?.generation !== registry.generation) {
    seen = { generation: registry.generation, of: new Map() }
    known.set(registry, seen)
  }
  const found = seen.of.get(kind) ?? findEquivalents(registry, kind)
  seen.of.set(kind, found)
  return found
}

function findEquivalents(registry: Registry, kind: Kind): Kind[] {
  const stored = storedKind(kind)
  const { group, plural } = stored.resource
  return registry.served().filter((other) => other !== kind && (storedKind(other) === stored || (kind.coding !== undefined && other.resource.group === group && other.resource.plural === plural)))
}

/** An object of the one version in the other: a copy, or the object itself where there is nothing to convert. */
export async function inVersion(object: Readonly<KubeObject>, from: Kind, to: Kind): Promise<KubeObject> {
  if (from === to) return object
  if (to.coding !== undefined) {
    // What comes out is frozen in depth, and may share parts with what goes in.
    const [converted = object] = await to.coding.decode([structuredClone(object)])
    return structuredClone(converted)
  }
  const stored = from.versionOf?.version.toStored(object) ?? object
  return to.versionOf?.version.fromStored(stored) ?? stored
}
