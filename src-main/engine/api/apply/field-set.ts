/**
 * A set of an object's fields, as `fieldsV1` writes it: `f:name` for a field, `k:{"name":"web"}` for a list's item by its keys, `v:"x"` for a value of a set.
 * A step with nothing below it is a field of the set; one with something below it is itself in the set only where `.` stands there too. `{}` is the empty set.
 */
export interface FieldSet {
  [step: string]: FieldSet
}

/** The step that says that the place itself is in the set, not only what lies below it. */
export const SELF = '.'

/** A field of a set with nothing below it. */
export const FIELD: FieldSet = Object.freeze({})

const ITSELF: FieldSet = Object.freeze({ [SELF]: FIELD })

/** Is there nothing in a set? */
export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** What a set has below one of its steps, as a set whose `.` says whether the place itself is in it. */
export function partsOf(below: FieldSet): FieldSet {
  return isEmpty(below) ? ITSELF : below
}

/** The way back: as it stands below a step. Not for an empty set, which stands nowhere. */
export function below(parts: FieldSet): FieldSet {
  for (const step in parts) if (step !== SELF) return parts
  return FIELD
}

/** Is the place that a step leads to itself in the set? `inner` is what the set has there. */
export function isMember(inner: FieldSet | undefined): boolean {
  return inner !== undefined && (SELF in inner || isEmpty(inner))
}

/** Everything in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result = { ...a }
  for (const [step, inner] of Object.entries(b)) {
    const other = result[step]
    result[step] = other === undefined || step === SELF || other === inner ? inner : below(union(partsOf(other), partsOf(inner)))
  }
  return result
}

/** What is in `a` and not in `b`; `a` itself where nothing of it is. A field and what lies below it are different members. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let result: FieldSet | undefined
  for (const [step, other] of Object.entries(b)) {
    const own = a[step]
    if (own === undefined) continue
    const parts = partsOf(own)
    const rest = step === SELF ? FIELD : difference(parts, partsOf(other))
    if (rest === parts) continue
    result ??= { ...a }
    if (isEmpty(rest)) Reflect.deleteProperty(result, step)
    else result[step] = below(rest)
  }
  return result ?? a
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [step, inner] of Object.entries(a)) {
    const other = b[step]
    if (other === undefined) continue
    if (step === SELF) {
      result[step] = FIELD
      continue
    }
    const both = intersection(partsOf(inner), partsOf(other))
    if (!isEmpty(both)) result[step] = below(both)
  }
  return result
}

/** The fields of a set as paths for people, each with what is below it: `.spec.replicas`, `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  return Object.entries(set).flatMap(([step, inner]) => {
    if (step === SELF) return []
    const path = prefix + shown(step)
    return [...(isMember(inner) ? [path] : []), ...pathsOf(inner, path)]
  })
}

function shown(step: string): string {
  const text = step.slice(2)
  if (step.startsWith('f:')) return `.${text}`
  if (step.startsWith('v:')) return `[=${text}]`
  if (step.startsWith('i:')) return `[${text}]`
  return `[${Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
