import { isMap } from '../../json.ts'
import type { Path } from '../../yaml/place.ts'

/** Where a value is being read, and who hears what is wrong with it. */
export interface Reading {
  readonly path: Path
  /** Says in a sentence what is wrong with the value here. */
  problem(message: string): void
  at(...steps: (string | number)[]): Reading
}

/** What a form is made of: for whatever walks all of them (the tests that make models of every key). */
export type Shape =
  | { readonly of: 'leaf'; readonly name: string }
  | { readonly of: 'object'; readonly fields: Readonly<Record<string, Form<unknown>>>; readonly required: readonly string[] }
  | { readonly of: 'list'; readonly item: Form<unknown> }
  | { readonly of: 'map'; readonly value: Form<unknown> }

/** One kind of value in a Compose file: from any of its ways of writing to the one that the model keeps, and back. */
export interface Form<T> {
  readonly shape: Shape
  /** Undefined: nothing was said, or a problem was. */
  read(value: unknown, at: Reading): T | undefined
  /** As a Compose file says it. */
  write(value: T): unknown
  /** What stands when `over` is laid over `base` (`extends`, several files). */
  merge(base: T, over: T): T
}

/** What a form's value is. */
export type Of<F> = F extends Form<infer T> ? T : never

/** Tools' own keys, kept as they are. */
export interface Extensions {
  [key: `x-${string}`]: unknown
}

type Fields = Readonly<Record<string, Form<unknown>>>
export type ObjectOf<F extends Fields, R extends keyof F = never> = { -readonly [K in Exclude<keyof F, R>]?: Of<F[K]> } & { -readonly [K in R]: Of<F[K]> } & Extensions

/** A form for one scalar. */
export function leaf<T>(name: string, read: (value: unknown, at: Reading) => T | undefined, write: (value: T) => unknown = (value) => value): Form<T> {
  return { shape: { of: 'leaf', name }, read: (value, at) => (value === null || value === undefined ? undefined : read(value, at)), write, merge: (_, over) => over }
}

/** A group of named keys; without `required` ones it is not there. Unknown keys are the schema's business. */
export function object<F extends Fields, R extends keyof F & string = never>(fields: F, ...required: R[]): Form<ObjectOf<F, R>> {
  return {
    shape: { of: 'object', fields, required },
    read: (value, at) => {
      if (!isMap(value)) return undefined
      const read: Record<string, unknown> = {}
      for (const [key, form] of Object.entries(fields)) {
        const field = form.read(value[key], at.at(key))
        if (field !== undefined) read[key] = field
      }
      for (const key of Object.keys(value)) if (key.startsWith('x-')) read[key] = value[key]
      const missing = required.filter((key) => read[key] === undefined)
      for (const key of missing) if (value[key] === undefined || value[key] === null) at.problem(`needs ${key}.`)
      return missing.length === 0 ? (read as ObjectOf<F, R>) : undefined
    },
    write: (value) => {
      const written = Object.entries(fields).filter(([key]) => key in value).map(([key, form]): [string, unknown] => [key, form.write((value as Record<string, unknown>)[key])])
      return Object.fromEntries([...written, ...Object.entries(value).filter(([key]) => key.startsWith('x-'))])
    },
    merge: (base, over) => {
      const both: Record<string, unknown> = { ...base, ...over }
      for (const [key, form] of Object.entries(fields)) {
        if (key in base && key in over) both[key] = form.merge((base as Record<string, unknown>)[key], (over as Record<string, unknown>)[key])
      }
      return both as ObjectOf<F, R>
    },
  }
}

/** Names and what each stands for. */
export function map<T>(value: Form<T>, empty?: () => NoInfer<T>): Form<Record<string, T>> {
  return {
    shape: { of: 'map', value },
    read: (raw, at) => {
      if (!isMap(raw)) return undefined
      const entries = Object.entries(raw).map(([key, item]): [string, T | undefined] => [key, item === null && empty !== undefined ? empty() : value.read(item, at.at(key))])
      return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined))
    },
    write: (items) => Object.fromEntries(Object.entries(items).map(([key, item]) => [key, value.write(item)])),
    merge: (base, over) => {
      const both = { ...base, ...over }
      for (const key of Object.keys(base)) if (key in over) both[key] = value.merge(base[key] as T, over[key] as T)
      return both
    },
  }
}

/** A list; `key` says which items of two lists are the same thing, so that the later one counts. */
export function list<T>(item: Form<T>, key: (value: T) => string = (value) => JSON.stringify(value)): Form<T[]> {
  return {
    shape: { of: 'list', item },
    read: (raw, at) => (Array.isArray(raw) ? raw.map((value, i) => item.read(value, at.at(i))).filter((value) => value !== undefined) : undefined),
    write: (items) => items.map((value) => item.write(value)),
    merge: (base, over) => [...base.filter((value) => !over.some((other) => key(other) === key(value))), ...over],
  }
}

/** Lets a short way of writing through to the long one: `expand` turns it into what `form` reads. */
export function short<T>(form: Form<T>, expand: (value: unknown, at: Reading) => unknown): Form<T> {
  return { ...form, read: (value, at) => (value === undefined ? undefined : form.read(expand(value, at), at)) }
}
