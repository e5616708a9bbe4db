import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain } from '../../validation/names.ts'

const LONGEST_PATH = 253 + 63 + 1

/** Checks a signer's name: a domain of at least two parts, a slash, and a path of that domain's own (`example.com/users`). */
export function validateSignerName(name: string | undefined, field: string, errors: FieldErrors): void {
  if (!name) return errors.required(field)
  const [domain = '', path = '', ...more] = name.split('/')
  if (!name.includes('/') || more.length > 0) return errors.invalid(field, name, 'must be a fully qualified domain and path of the form \'example.com/signer-name\'')
  if (dnsSubdomain(domain) !== undefined) return errors.invalid(field, name, dnsSubdomain(domain) ?? '')
  if (!domain.includes('.')) return errors.invalid(field, name, 'should be a domain with at least two segments separated by dots')
  if (path === '') return errors.invalid(field, name, 'must be a fully qualified domain and path of the form \'example.com/signer-name\'')
  for (const part of path.split('.')) {
    const wrong = dnsLabel(part)
    if (wrong !== undefined) return errors.invalid(field, name, wrong)
  }
  if (path.length > LONGEST_PATH) errors.invalid(field, name, `must be no more than ${String(LONGEST_PATH)} characters`)
}
