import type { Chance } from './chance.ts'

const SCALARS: readonly [unknown, ...unknown[]] = [
  null, '', 0, -1, 1e308, 2 ** 53, true, 'x/y z', '../..', '%00', '\u0000', '\ud800', '${jndi}', 'a'.repeat(70_000), '1e400', '-0', '9'.repeat(400), '2026-99-99T99:99:99Z', 'NaN', '(a+)+$', '__proto__', [], {}, [[]], [null], [{}],
]
const KEYS: readonly [string, ...string[]] = ['__proto__', 'constructor', 'prototype', 'toString', '', '$patch', '$ref', 'f:spec', 'metadata', 'spec', 'items', '\u0000', 'a'.repeat(1000), 'hasOwnProperty']

/** Anything that JSON can say, a few levels deep. */
export function anything(chance: Chance, depth = 3): unknown {
  const kind = depth === 0 ? 0 : chance.below(5)
  if (kind === 3) return Array.from({ length: chance.below(4) }, () => anything(chance, depth - 1))
  if (kind === 4) return objectOf(Array.from({ length: chance.below(4) }, () => [chance.of(KEYS), anything(chance, depth - 1)]))
  // A copy: what is made of it is damaged further.
  return structuredClone(chance.of(SCALARS))
}

/** The value with one to three of its places damaged: removed, replaced, wrapped, or with a key beside them. */
export function damaged(chance: Chance, value: unknown): unknown {
  const copy: unknown = structuredClone(value)
  for (let i = chance.below(3); i >= 0; i--) damageOnce(chance, copy)
  return copy
}

function damageOnce(chance: Chance, root: unknown): void {
  let at = root
  for (;;) {
    if (typeof at !== 'object' || at === null) return
    const keys = Object.keys(at)
    const key = keys[chance.below(keys.length)]
    if (key === undefined || chance.percent(10)) return define(at, chance.of(KEYS), anything(chance))
    const child = (at as Record<string, unknown>)[key]
    if (typeof child === 'object' && child !== null && chance.percent(75)) {
      at = child
      continue
    }
    const what = chance.below(4)
    if (what === 0) Reflect.deleteProperty(at, key)
    else if (what === 1) define(at, key, [child, child])
    else define(at, key, anything(chance))
    return
  }
}

// `__proto__` is to be a key like any other.
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
}

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  const object = {}
  for (const [key, value] of entries) define(object, key, value)
  return object
}
