import { isMap } from '../json.ts'

/** A set of fields as `fieldsV1` holds it. */
interface Fields {
  readonly [step: string]: Fields
}

/** Then it begins anew: what all have in common is soon there again. */
const MOST = 4096

const numbers = new WeakMap<Fields, number>()
const pool = new Map<string, Fields>()
let last = 0

/**
 * A set of fields equal to `set`, its steps in order, frozen, and the same one in memory for as many as possible, and so with every part of it: ten thousand pods
 * of one shape say the same of who owns what in them.
 */
export function sharedFields<T extends object>(set: T): T {
  return (find(set as unknown as Fields) ?? anew(set as unknown as Fields)) as unknown as T
}

/** The shared one that is there already. */
function find(set: Fields): Fields | undefined {
  if (numbers.has(set)) return set
  let key = ''
  for (const step of Object.keys(set).sort()) {
    const inner = find(set[step] as Fields)
    if (inner === undefined) return undefined
    key += keyOf(step, inner)
  }
  return pool.get(key)
}

/** Room is made before a set, never within it: of one whose parts are forgotten no other would be the same. */
function anew(set: Fields): Fields {
  if (pool.size >= MOST) pool.clear()
  return shared(set)
}

function shared(set: Fields): Fields {
  if (numbers.has(set)) return set
  const made: Record<string, Fields> = {}
  let key = ''
  for (const step of Object.keys(set).sort()) {
    const inner = shared(set[step] as Fields)
    made[step] = inner
    key += keyOf(step, inner)
  }
  const there = pool.get(key)
  if (there !== undefined) return there
  pool.set(key, made)
  numbers.set(made, ++last)
  return Object.freeze(made)
}

function keyOf(step: string, inner: Fields): string {
  return `${step}\n${String(numbers.get(inner))}\n`
}

/** Lets the records of who owns what be shared ones, in an object that was just read, and returns it. */
export function shareRecords<T>(object: T): T {
  const { metadata } = object as { metadata?: { managedFields?: { fieldsV1?: unknown }[] } }
  for (const entry of metadata?.managedFields ?? []) if (isFields(entry.fieldsV1)) entry.fieldsV1 = sharedFields(entry.fieldsV1)
  return object
}

/** Is that a set of fields? Steps are `.`, `f:name`, `k:{"key":value}`, `v:value` and `i:index`. */
export function isFields(value: unknown): value is Fields {
  if (!isMap(value)) return false
  return Object.entries(value).every(([step, inner]) => (step === '.' || /^[fkvi]:/.test(step)) && isFields(inner))
}
