import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { FieldErrors } from './field-errors.ts'
import { configKey, dnsLabel, dnsSubdomain } from './names.ts'

/** Checks a reference to a value of a Secret. */
export function validateSecretKey(ref: SecretKey | undefined, path: string, errors: FieldErrors): void {
  if (ref === undefined) return
  for (const [field, check] of [['namespace', dnsLabel], ['name', dnsSubdomain], ['key', configKey]] as const) {
    const value = (ref[field] as string | undefined) ?? ''
    if (value === '') errors.required(`${path}.${field}`)
    else errors.check(`${path}.${field}`, value, check)
  }
}

/** Checks a URL that is to be sent to. What is in it besides scheme and host is never told. */
export function validateUrl(url: string | undefined, path: string, errors: FieldErrors): void {
  if (!url) return errors.required(path)
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) return errors.invalid(path, '<not a URL>', 'must be a URL such as https://example.com/hook')
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') errors.notSupported(`${path} (scheme)`, parsed.protocol.slice(0, -1), ['http', 'https'])
  if (parsed.username !== '' || parsed.password !== '') errors.forbidden(path, 'a user name or password in a URL can be read by whoever sees this object: put it into a Secret')
}
