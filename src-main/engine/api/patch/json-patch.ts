import jsonpatch, { type Operation } from 'fast-json-patch'
import { badRequest, messageOf, StatusError } from '../../../common/errors.ts'
import { jsonTypeOf } from './merge-patch.ts'

const MAX_OPERATIONS = 10_000
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
    return jsonpatch.applyPatch(structuredClone(target), patch as Operation[], true, true, true).newDocument
  } catch (error) {
    const why = messageOf(error).split('\n')[0] ?? ''
    throw new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`)
  }
}
