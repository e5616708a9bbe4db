import generated from './generated/definitions.json' with { type: 'json' }
import type { Resource } from '../../../common/kube/resource.ts'
import { TOQUE_DEFINITIONS } from './toque-definitions.ts'

/** A schema as OpenAPI v2 writes it, with Kubernetes' extensions. */
export interface Schema {
  readonly $ref?: string
  readonly description?: string
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-patch-merge-key'?: string
  /** Several are separated by commas: `merge,retainKeys`. */
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const REF_PREFIX = '#/definitions/'
/** Types that have a JSON form of their own. */
export const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
export const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'
export const META_V1 = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

const document = generated as unknown as { readonly version: string; readonly definitions: Readonly<Record<string, Schema>> }

/** Every definition by name (`io.k8s.api.apps.v1.Deployment`, `dev.toque.v1.Server`). */
export const DEFINITIONS: Readonly<Record<string, Schema>> = { ...document.definitions, ...TOQUE_DEFINITIONS }
/** The Kubernetes release they are of, such as `1.32.0`. */
export const KUBERNETES_VERSION = document.version

let byKind: Map<string, string> | undefined

/** The name of a kind's definition; undefined for kinds Kubernetes does not have. */
export function definitionOf({ group, version, kind }: Pick<Resource, 'group' | 'version' | 'kind'>): string | undefined {
  byKind ??= new Map(
    Object.entries(DEFINITIONS).flatMap(([name, schema]) =>
      (schema['x-kubernetes-group-version-kind'] ?? []).map((gvk): [string, string] => [`${gvk.group}/${gvk.version}/${gvk.kind}`, name]),
    ),
  )
  return byKind.get(`${group}/${version}/${kind}`)
}

/** The definition's name that a schema points to. */
export function referenceOf(schema: Schema): string | undefined {
  return schema.$ref?.slice(REF_PREFIX.length)
}

/** The schema itself, a reference followed. */
export function resolve(schema: Schema): Schema {
  const name = referenceOf(schema)
  return name === undefined ? schema : (DEFINITIONS[name] ?? {})
}
