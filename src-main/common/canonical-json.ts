import { isMap } from './json.ts'

/** A value as JSON with its keys in order: the same text for equal values, whatever the order of their fields. '' for what JSON cannot say. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, inOrder) ?? ''
}

function inOrder(_: string, value: unknown): unknown {
  return isMap(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
}
