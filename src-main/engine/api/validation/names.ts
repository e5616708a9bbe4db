const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

/** A name check: undefined when the text is good, else what it must be, in upstream's words. */
export type NameCheck = (text: string) => string | undefined

/** RFC 1123 label: a namespace, a container, a port's host name. */
export const dnsLabel: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters'
  if (LABEL.test(text)) return undefined
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
}

/** RFC 1035 label: a Service's name, which begins with a letter. */
export const dns1035Label: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters'
  if (LABEL_1035.test(text)) return undefined
  return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
}

/** RFC 1123 subdomain: most objects' names. */
export const dnsSubdomain: NameCheck = (text) => {
  if (text.length > 253) return 'must be no more than 253 characters'
  if (SUBDOMAIN.test(text)) return undefined
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
}

/** `*.` and an RFC 1123 subdomain: the hosts one label below it. */
export const wildcardSubdomain: NameCheck = (text) => {
  if (text.length > 253) return 'must be no more than 253 characters'
  if (text.startsWith('*.') && SUBDOMAIN.test(text.slice(2))) return undefined
  return "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
}

/** Upstream sets none; a key of the store holds no more than 1,978 bytes, and a name is a part of it. */
const LONGEST_SEGMENT_BYTES = 1024

/** A name that may stand in a URL path: what upstream allows the least strict kinds. */
export const pathSegment: NameCheck = (text) => {
  if (Buffer.byteLength(text) > LONGEST_SEGMENT_BYTES) return `must be no more than ${String(LONGEST_SEGMENT_BYTES)} bytes`
  if (text === '.' || text === '..') return `may not be '${text}'`
  const bad = /[/%]/.exec(text)
  return bad === null ? undefined : `may not contain '${bad[0]}'`
}

/** A label's or annotation's key: `[prefix/]name`. */
export const qualifiedName: NameCheck = (text) => {
  const parts = text.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2) return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
  if (parts.length === 2 && parts[0] === '') return 'prefix part must be non-empty'
  if (parts.length === 2 && dnsSubdomain(parts[0] ?? '') !== undefined) return `prefix part ${dnsSubdomain(parts[0] ?? '') ?? ''}`
  if (name === '') return 'name part must be non-empty'
  if (name.length > 63) return 'name part must be no more than 63 characters'
  if (QUALIFIED_NAME.test(name)) return undefined
  return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
}

/** A label's value. */
export const labelValue: NameCheck = (text) => {
  if (text.length > 63) return 'must be no more than 63 characters'
  if (LABEL_VALUE.test(text)) return undefined
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
}

/** A container or service port's name: at most 15 characters, at least one letter. */
export const portName: NameCheck = (text) => {
  if (text.length > 15) return 'must be no more than 15 characters'
  if (!/^[-a-z0-9]+$/.test(text)) return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
  if (!/[a-z]/.test(text)) return 'must contain at least one letter (a-z)'
  if (text.includes('--')) return 'must not contain consecutive hyphens'
  return text.startsWith('-') || text.endsWith('-') ? 'must not begin or end with a hyphen' : undefined
}

/** A port number. */
export function portNumber(port: number): string | undefined {
  return Number.isInteger(port) && port >= 1 && port <= 65535 ? undefined : 'must be between 1 and 65535, inclusive'
}

/** A key of a ConfigMap or Secret. */
export const configKey: NameCheck = (text) => {
  if (text.length > 253) return 'must be no more than 253 characters'
  if (text === '.' || text === '..') return `may not be '${text}'`
  if (text.startsWith('..')) return "may not start with '..'"
  return /^[-._a-zA-Z0-9]+$/.test(text) ? undefined : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
}
