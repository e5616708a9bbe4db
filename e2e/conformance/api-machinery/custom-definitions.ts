import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from '../../../src-main/common/kube/generated/apiextensions-v1.ts'
import { eventually } from '../../harness/containers.ts'
import type { Framework } from '../framework/conformance.ts'

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
/** A schema that takes anything. */
export const ANYTHING: JSONSchemaProps = { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true }

export interface Defined {
  readonly group: string
  readonly kind: string
  readonly plural: string
  /** Of the definition: `PLURAL.GROUP`. */
  readonly name: string
  /** The definition's path. */
  readonly path: string
  definition: CustomResourceDefinition
  /** The path of its objects in a version; `namespace`: where it is namespaced. */
  objects(version: string, name?: string, namespace?: string): string
}

export interface Defining {
  readonly group?: string
  readonly scope?: 'Namespaced' | 'Cluster'
  /** The first is the one that is stored. */
  readonly versions?: readonly (Partial<CustomResourceDefinitionVersion> & { name: string })[]
  readonly schema?: JSONSchemaProps
  readonly spec?: Partial<CustomResourceDefinition['spec']>
  readonly labels?: Record<string, string>
}

/** A definition with names of its own, as it is to be sent. */
export function definitionOf(f: Framework, { group = `${f.unique('group')}.example.com`, scope = 'Namespaced', versions = [{ name: 'v1' }], schema = ANYTHING, spec = {}, labels }: Defining = {}): Omit<Defined, 'definition'> & { manifest: object } {
  const kind = `E2e${f.unique('x').slice(2)}kind`
  const plural = `${kind.toLowerCase()}s`
  const name = `${plural}.${group}`
  return {
    group, kind, plural, name, path: `${DEFINITIONS}/${name}`,
    objects: (version, object, namespace) => `/apis/${group}/${version}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}${object === undefined ? '' : `/${object}`}`,
    manifest: {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name, ...(labels === undefined ? {} : { labels }) },
      spec: {
        group, scope, names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
        versions: versions.map((version, i) => ({ served: true, storage: i === 0, schema: { openAPIV3Schema: schema }, ...version })), ...spec,
      },
    },
  }
}

/** Creates a definition, which goes when the test ends, and waits until its objects can be asked for. */
export async function define(f: Framework, defining: Defining = {}): Promise<Defined> {
  const { manifest, ...names } = definitionOf(f, defining)
  f.after(() => f.client.delete(names.path))
  await f.client.create(DEFINITIONS, manifest)
  const definition = await established(f, names.path)
  for (const { name, served } of definition.spec.versions) if (served) await eventually(`${names.plural} are served`, () => f.client.get(names.objects(name)))
  return { ...names, definition }
}

/** Waits until a definition is established; it as it is then. */
export function established(f: Framework, path: string): Promise<CustomResourceDefinition> {
  return eventually(`${path} is established`, async () => {
    const found = await f.client.get<CustomResourceDefinition>(path)
    return isConditionTrue(found.status?.conditions, 'Established') && found
  })
}
