import { same } from '../rest/same.ts'
import type { FieldErrors } from '../validation/field-errors.ts'

/** Checks that an `immutable` ConfigMap or Secret stays as it is. */
export function validateFrozenData<T extends { immutable?: boolean }>(object: T, old: Readonly<T>, fields: readonly (keyof T & string)[], errors: FieldErrors): void {
  if (old.immutable !== true) return
  if (object.immutable !== true) errors.forbidden('immutable', 'field is immutable when `immutable` is set')
  for (const field of fields) if (!same(object[field], old[field])) errors.forbidden(field, 'field is immutable when `immutable` is set')
}
