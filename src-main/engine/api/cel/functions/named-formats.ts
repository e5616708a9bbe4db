import { hasFormat } from '../../custom/schema/formats.ts'
import { dns1035Label, dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../../validation/names.ts'
import { ArrayList, Opaque, Optional } from '../values.ts'
import type { Overload } from './define.ts'
import { define } from './define.ts'

/** What a text must be: undefined when it is. */
type Check = (text: string) => string | undefined

const asPrefix = (check: Check): Check => (text) => check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text)
const asFormat = (format: string, message: string): Check => (text) => (hasFormat(text, format) ? undefined : message)

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: dnsLabel, dns1123Subdomain: dnsSubdomain, dns1035Label,
  dns1123LabelPrefix: asPrefix(dnsLabel), dns1123SubdomainPrefix: asPrefix(dnsSubdomain), dns1035LabelPrefix: asPrefix(dns1035Label),
  qualifiedName, labelValue, uri: asFormat('uri', 'must be a valid URI'), uuid: asFormat('uuid', 'does not match the UUID format'), byte: asFormat('byte', 'invalid base64'),
  date: asFormat('date', 'invalid date'), datetime: asFormat('date-time', 'invalid datetime'),
}

class NamedFormat extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat'
  readonly format: string
  constructor(format: string) {
    super()
    this.format = format
  }
  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.format === this.format
  }
}

/** Kubernetes' named formats: `!format.dns1123Label().validate(self.name).hasValue()`. */
export const NAMED_FORMATS: readonly Overload[] = [
  define('format_:named(string): optional', ([name]: readonly [string]) => (Object.hasOwn(FORMATS, name) ? new Optional(new NamedFormat(name)) : Optional.none)),
  ...Object.keys(FORMATS).map((name) => define(`format_:${name}(): format`, () => new NamedFormat(name))),
  define('format.validate(string): optional', ([{ format }, text]: readonly [NamedFormat, string], { budget }) => {
    budget.spendOn(text.length)
    const wrong = FORMATS[format]?.(text)
    return wrong === undefined ? Optional.none : new Optional(new ArrayList([wrong]))
  }),
].map((overload) => ({ ...overload, name: overload.name.replace('format_.', 'format.') }))
