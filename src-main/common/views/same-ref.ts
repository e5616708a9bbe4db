import type { ObjectRef } from '../contract/index.ts'

/** Do two references name the same object? */
export function sameRef(a: ObjectRef, b: ObjectRef): boolean {
  return a.kind === b.kind && a.name === b.name && a.namespace === b.namespace && a.apiVersion === b.apiVersion
}
