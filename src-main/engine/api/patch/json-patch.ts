import jsonpatch, { type Operation } from 'fast-json-patch'
import { badRequest, messageOf, StatusError } from '../../../common/errors.ts'
import { jsonTypeOf } from './merge-patch.ts'

const MAX_OPERATIONS = 10_000
/** What all copies of a patch may add up to, as upstream's: each may double what is there. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024
const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test'])

/** Applies a JSON patch (RFC 6902) and returns the result; the target is not changed. A patch that does not fit is Invalid. */
export function applyJsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type jsonpatch.Patch`)
  if (patch.length > MAX_OPERATIONS) throw new StatusError('RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${String(MAX_OPERATIONS)}, got ${String(patch.length)}`)
  for (const operation of patch as Partial<Operation>[]) {
    if (typeof operation !== 'object' || operation === null || !OPERATIONS.has(operation.op ?? '') || typeof operation.path !== 'string') {
      throw badRequest(`error decoding patch: ${JSON.stringify(operation)} is not an operation`)
    }
  }
  try {
    return applyAll(structuredClone(target), patch as Operation[])
  } catch (error) {
    const why = messageOf(error).split('\n')[0] ?? ''
    throw new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`)
  }
}

function applyAll(target: unknown, operations: readonly Operation[]): unknown {
  let document = target
  let copied = 0
  for (const [i, operation] of operations.entries()) {
    if (operation.op === 'copy') copied += sizeOf(jsonpatch.getValueByPointer(document, operation.from))
    if (copied > MAX_COPIED_BYTES) throw new Error(`unable to complete the copy, the accumulated size increase of copy is ${String(copied)}, exceeding the limit ${String(MAX_COPIED_BYTES)}`)
    document = jsonpatch.applyOperation(document, operation, true, true, true, i).newDocument
  }
  return document
}

/** Of its JSON; 0 for what is not there, which the operation itself refuses. */
function sizeOf(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(value).length
}
