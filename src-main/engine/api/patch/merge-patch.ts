import { isMap } from '../../../common/json.ts'

type Json = Record<string, unknown>

/** Applies a JSON merge patch (RFC 7386) and returns the result; neither argument is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Json = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue
    if (value === null) Reflect.deleteProperty(result, key)
    else result[key] = applyMergePatch(result[key], value)
  }
  return result
}

/** What Go calls the type of a JSON value. */
export function jsonTypeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
}
