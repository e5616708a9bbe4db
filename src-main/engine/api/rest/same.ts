import { sharedString } from '../../../common/shared-strings.ts'

/** Are two JSON values equal? An absent field equals an undefined one; the order of keys does not matter. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
  }
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const key in left) if (left[key] !== undefined && !same(left[key], right[key])) return false
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false
  return true
}

/** A deep copy of a JSON value without nulls and undefined fields: what a Go server keeps of a body. Equal strings become one, for this is what is stored. */
export function cleanCopy<T>(value: T): T {
  if (typeof value === 'string') return sharedString(value) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.filter((v) => v !== undefined).map((v: unknown) => cleanCopy(v)) as T
  const copy: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    if (field !== undefined && field !== null && key !== '__proto__') copy[key] = cleanCopy(field as unknown)
  }
  return copy as T
}
