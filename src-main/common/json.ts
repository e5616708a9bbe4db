/** Is a value a JSON object: no list, and not null? */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets a field also where its name means something to the language (`__proto__`). */
export function setField(target: Record<string, unknown>, field: string, value: unknown): void {
  Object.defineProperty(target, field, { value, enumerable: true, writable: true, configurable: true })
}

/** A deep copy of JSON that keeps nulls, unlike `cleanCopy`: a nullable field may be null. What is undefined falls away. */
export function jsonCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map((item: unknown) => jsonCopy(item)) as T
  const copy: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    if (name === '__proto__') setField(copy, name, jsonCopy(field as unknown))
    else copy[name] = jsonCopy(field as unknown)
  }
  return copy as T
}

/** A text, or '' for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
