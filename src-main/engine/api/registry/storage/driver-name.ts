import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsSubdomain } from '../../validation/names.ts'

const LONGEST = 63

/** Checks the name of a CSI driver: a domain of at most 63 characters, in either case. */
export function validateDriverName(name: string | undefined, path: string, errors: FieldErrors): void {
  if (!name) return errors.required(path)
  if (name.length > LONGEST) return errors.tooLong(path, LONGEST)
  errors.check(path, name, (text) => dnsSubdomain(text.toLowerCase()))
}
