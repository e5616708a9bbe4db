/** What all conditions have in common. */
export interface ConditionLike {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

/** The condition of a type, if there is one. */
export function findCondition<C extends { type: string }>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((c) => c.type === type)
}

/** Is the condition there with status True? */
export function isConditionTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/** The conditions with `next` in place of its type's old one. Its transition time stays the old one's while the status stays. */
export function withCondition<C extends ConditionLike>(conditions: readonly C[] | undefined, next: C): C[] {
  const old = findCondition(conditions, next.type)
  const kept = old?.status === next.status && old.lastTransitionTime !== undefined ? { ...next, lastTransitionTime: old.lastTransitionTime } : next
  return old === undefined ? [...(conditions ?? []), kept] : (conditions ?? []).map((c) => (c.type === next.type ? kept : c))
}

/** The conditions without a type. */
export function withoutCondition<C extends { type: string }>(conditions: readonly C[] | undefined, type: string): C[] {
  return (conditions ?? []).filter((c) => c.type !== type)
}
