import type { ConditionLike } from '../../../../common/kube/conditions.ts'
import type { OwnerReference } from '../../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'

/** Labels beside the object's own, and a value; without one there is no sample. */
export type StateSample = readonly [Readonly<Record<string, string>>, number | undefined]

/** One name of what kube-state-metrics tells of a kind, with kube-state-metrics' own words. */
export interface StateMetric<T> {
  readonly name: string
  readonly help: string
  /** Default: gauge. */
  readonly type?: 'gauge' | 'counter'
  of(object: Readonly<T>): readonly StateSample[]
}

/** All that is told of a kind. */
export interface StateKind<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>
  /** What names an object, on each of its samples. */
  labels(object: Readonly<T>): Readonly<Record<string, string>>
  readonly metrics: readonly StateMetric<T>[]
}

/** Types a kind's parts, and then forgets the type so that kinds fit in one list. */
export function stateKind<T extends KubeObject>(kind: StateKind<T>): StateKind {
  return kind as unknown as StateKind
}

/** A metric with one sample an object, or none. */
export function number<T>(name: string, help: string, value: (object: Readonly<T>) => number | boolean | undefined): StateMetric<T> {
  return { name, help, of: (object) => [[{}, asNumber(value(object))]] }
}

/** A metric that is always 1: what it says is in its labels. */
export function info<T>(name: string, help: string, labels: (object: Readonly<T>) => Record<string, string | undefined>): StateMetric<T> {
  return { name, help, of: (object) => [[filled(labels(object)), 1]] }
}

/** `<prefix>_created`, and the owners where `owned`. */
export function identity(prefix: string, owned = false): StateMetric<KubeObject>[] {
  const created = number<KubeObject>(`${prefix}_created`, 'Unix creation timestamp', (o) => unixTime(o.metadata.creationTimestamp))
  return owned ? [created, { name: `${prefix}_owner`, help: 'Information about the owner.', of: (o) => owners(o.metadata.ownerReferences) }] : [created]
}

/** One sample for each of `all`, 1 where it is the present one. */
export function oneOf(label: string, all: readonly string[], present: string | undefined): StateSample[] {
  return all.map((value) => [{ [label]: value }, asNumber(value === present)])
}

/** Three samples a condition. */
export function conditionStates(conditions: readonly ConditionLike[] | undefined): StateSample[] {
  return (conditions ?? []).flatMap(({ type, status }) => ['true', 'false', 'unknown'].map((state): StateSample => [{ condition: type, status: state }, asNumber(status.toLowerCase() === state)]))
}

/** Amounts by resource, in the units that kube-state-metrics names. */
export function amounts(resources: Readonly<Record<string, string>> | undefined, extra: Readonly<Record<string, string>> = {}): StateSample[] {
  return Object.entries(resources ?? {}).map(([resource, quantity]) => [{ ...extra, resource: resource.replace(/[^a-zA-Z0-9_]/g, '_'), unit: unitOf(resource) }, amount(quantity)])
}

/** A quantity as a number; undefined where it is none. */
export function amount(quantity: string | undefined): number | undefined {
  return quantity === undefined ? undefined : parseQuantity(quantity)
}

/** RFC 3339 as seconds since the epoch. */
export function unixTime(time: string | undefined): number | undefined {
  const ms = time === undefined ? NaN : Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms / 1000
}

/** What names an object that is in a namespace. */
export function named(label: string): (object: Readonly<KubeObject>) => Record<string, string> {
  return ({ metadata: { namespace = '', name } }) => ({ namespace, [label]: name })
}

function owners(references: readonly OwnerReference[] | undefined): StateSample[] {
  if (references === undefined || references.length === 0) return [[{ owner_kind: '', owner_name: '', owner_is_controller: '' }, 1]]
  return references.map(({ kind, name, controller }) => [{ owner_kind: kind, owner_name: name, owner_is_controller: String(controller === true) }, 1])
}

function unitOf(resource: string): string {
  if (resource === 'cpu') return 'core'
  return /memory|storage|hugepages/.test(resource) ? 'byte' : 'integer'
}

function asNumber(value: number | boolean | undefined): number | undefined {
  return typeof value === 'boolean' ? Number(value) : value
}

function filled(labels: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value ?? '']))
}
