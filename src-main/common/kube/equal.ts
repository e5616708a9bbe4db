/**
 * Deep equality as Kubernetes means it: key order does not matter, and absent, undefined, `[]` and `{}` are the same. (A field that
 * distinguishes them, such as a NetworkPolicy's, needs a comparison of its own.)
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (isEmpty(a)) return isEmpty(b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => semanticEqual(item, b[i]))
  }
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  return Object.keys(left).every((k) => semanticEqual(left[k], right[k])) && Object.keys(right).every((k) => k in left || isEmpty(right[k]))
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
