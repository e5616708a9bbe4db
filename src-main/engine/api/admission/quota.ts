import { StatusError } from '../../../common/errors.ts'
import type { Pod, ResourceQuota } from '../../../common/kube/generated/core-v1.ts'
import { ResourceQuotas } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { isInScope, unstated, usageOf } from '../../../common/kube/quota-usage.ts'
import type { Usage } from '../../../common/kube/quota-usage.ts'
import { amountOf, formatAmount } from '../../../common/kube/resource-amounts.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Entry, Key, Store } from '../../store/store.ts'
import type { Reservation } from '../registry/kind.ts'
import { keyOfObject, prefixOf } from '../rest/keys.ts'

/** A write under way that was let through. */
interface Pending {
  readonly key: Key
  readonly object: KubeObject
  /** What is stored as long as the write is not. */
  readonly before: Entry | undefined
}

const NOTHING: Reservation = { keep: () => undefined, undo: () => undefined }

/**
 * Keeps namespaces within their ResourceQuotas. What is used is counted from the objects that are stored and the writes under way, so requests that
 * come together cannot exceed a quota together, and what is deleted is free at once.
 */
export class QuotaLedger {
  readonly #store: Store
  readonly #pending = new Map<string, Set<Pending>>()
  readonly #usage = new WeakMap<object, Usage>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Lets a write through, or throws Forbidden. `old` is undefined at creation. */
  reserve(resource: Resource, object: KubeObject, old: KubeObject | undefined): Reservation {
    const { namespace = '', name } = object.metadata
    if (!resource.namespaced) return NOTHING
    const quotas = this.#store.list(prefixOf(ResourceQuotas, namespace)).entries.map((e) => e.value as unknown as ResourceQuota)
    if (quotas.length === 0) return NOTHING
    const wanted = usageOf(resource, object)
    const had = old === undefined ? {} : usageOf(resource, old)
    for (const quota of quotas) {
      if (!isInScope(quota, resource, object)) continue
      const why = this.#refusal(quota, resource, object, wanted, old === undefined ? {} : had, old)
      if (why !== undefined) throw new StatusError('Forbidden', `${groupResourceOf(resource)} "${name}" is forbidden: ${why}`, { name, group: resource.group, kind: resource.plural })
    }
    const key = keyOfObject(resource, namespace, name)
    return this.#hold(prefixOf(resource, namespace), { key, object, before: this.#store.get(key) })
  }

  #refusal(quota: ResourceQuota, resource: Resource, object: KubeObject, wanted: Usage, had: Usage, old: KubeObject | undefined): string | undefined {
    const hard = quota.spec.hard ?? {}
    if (old === undefined && resource.plural === 'pods' && resource.group === '') {
      const missing = unstated(quota, object as Pod)
      if (missing.length > 0) return `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`
    }
    const more = Object.keys(hard).filter((name) => (wanted[name] ?? 0) - (had[name] ?? 0) > 0).sort()
    if (more.length === 0) return undefined
    const used = this.#used(quota, resource, object, more)
    const exceeded = more.filter((name) => (used[name] ?? 0) + (wanted[name] ?? 0) - (had[name] ?? 0) > amountOf(hard[name]))
    if (exceeded.length === 0) return undefined
    const list = (of: (name: string) => number): string => exceeded.map((name) => `${name}=${formatAmount(of(name), name)}`).join(',')
    return `exceeded quota: ${quota.metadata.name}, requested: ${list((n) => (wanted[n] ?? 0) - (had[n] ?? 0))}, used: ${list((n) => used[n] ?? 0)}, limited: ${exceeded.map((n) => `${n}=${hard[n] ?? ''}`).join(',')}`
  }

  /** What all objects of the kind use together; each name comes from one kind only. */
  #used(quota: ResourceQuota, resource: Resource, object: KubeObject, names: readonly string[]): Record<string, number> {
    const sums: Record<string, number> = {}
    const add = (usage: Usage, sign = 1): void => {
      for (const name of names) sums[name] = (sums[name] ?? 0) + sign * (usage[name] ?? 0)
    }
    const prefix = prefixOf(resource, object.metadata.namespace)
    for (const { value } of this.#store.list(prefix).entries) {
      const stored = value as unknown as KubeObject
      if (isInScope(quota, resource, stored)) add(this.#usageOf(resource, stored))
    }
    for (const { key, object: written, before } of this.#pending.get(prefix) ?? []) {
      // Stored by now, and so counted.
      if (this.#store.get(key)?.revision !== before?.revision || !isInScope(quota, resource, written)) continue
      const now = usageOf(resource, written)
      const was = before === undefined ? {} : usageOf(resource, before.value as unknown as KubeObject)
      add(Object.fromEntries(names.map((name) => [name, Math.max(0, (now[name] ?? 0) - (was[name] ?? 0))])))
    }
    return sums
  }

  #usageOf(resource: Resource, stored: KubeObject): Usage {
    const known = this.#usage.get(stored)
    if (known !== undefined) return known
    const usage = usageOf(resource, stored)
    this.#usage.set(stored, usage)
    return usage
  }

  #hold(prefix: Key, pending: Pending): Reservation {
    const group = this.#pending.get(prefix) ?? new Set()
    this.#pending.set(prefix, group)
    group.add(pending)
    const drop = (): void => {
      group.delete(pending)
      if (group.size === 0) this.#pending.delete(prefix)
    }
    return { keep: drop, undo: drop }
  }
}
