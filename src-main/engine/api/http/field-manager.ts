import { invalid } from '../../../common/errors.ts'
import { UNKNOWN_MANAGER } from '../rest/core.ts'

const OPTIONS: Readonly<Record<string, string>> = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' }
/** Bytes of a field manager's name. */
const LONGEST = 128
// Letters, marks, numbers, punctuation and symbols, as Go has it, and the plain space.
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Who is recorded as writing: whom the request names, else its program by the first part of its user agent. Invalid for a name that none can have. */
export function fieldManagerOf(named: string | null, userAgent: string | undefined, method: string): string {
  if (named !== null && named !== '') return checked(named, OPTIONS[method] ?? 'CreateOptions')
  let manager = ''
  for (const character of userAgent?.split('/')[0] ?? '') {
    if (!PRINTABLE.test(character)) continue
    if (Buffer.byteLength(manager + character) > LONGEST) break
    manager += character
  }
  return manager === '' ? UNKNOWN_MANAGER : manager
}

function checked(manager: string, kind: string): string {
  const causes = []
  if (Buffer.byteLength(manager) > LONGEST) causes.push({ reason: 'FieldValueTooLong', field: 'fieldManager', message: `Too long: may not be more than ${String(LONGEST)} bytes` })
  let at = 0
  for (const character of manager) {
    const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    if (!PRINTABLE.test(character)) causes.push({ reason: 'FieldValueInvalid', field: 'fieldManager', message: `Invalid value: ${JSON.stringify(manager)}: invalid character ${code} (at position ${String(at)})` })
    at += Buffer.byteLength(character)
  }
  if (causes.length > 0) throw invalid('meta.k8s.io', kind, '', causes)
  return manager
}
