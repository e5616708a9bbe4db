import { isIP } from 'node:net'
import type { Gateway, HTTPPathModifier, HTTPRoute, HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from '../../../common/kube/generated/gateway-networking-v1.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsSubdomain, portNumber, wildcardSubdomain } from '../validation/names.ts'

// What upstream's CustomResourceDefinitions check besides types: the rules that keep nonsense out. What is sound and not supported is told in the status.

const LIMITS = { listeners: 64, hostnames: 16, parents: 32, rules: 16, matches: 64, backends: 16, filters: 16 }
const MODES = ['Passthrough', 'Terminate']
const FROM = ['All', 'None', 'Same', 'Selector']
const METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/
/** The field of a filter that goes with its type. */
const FILTER_FIELDS: Readonly<Record<string, keyof HTTPRouteFilter>> = {
  RequestHeaderModifier: 'requestHeaderModifier', ResponseHeaderModifier: 'responseHeaderModifier', RequestMirror: 'requestMirror', RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite', ExtensionRef: 'extensionRef', CORS: 'cors', ExternalAuth: 'externalAuth',
}

/** Checks a Gateway after its defaults. */
export function validateGateway({ spec }: Gateway, errors: FieldErrors): void {
  if (!spec?.gatewayClassName) errors.required('spec.gatewayClassName')
  const listeners = spec?.listeners ?? []
  if (listeners.length === 0) errors.required('spec.listeners')
  atMost('spec.listeners', listeners, LIMITS.listeners, errors)
  const names = new Set<string>()
  const places = new Set<string>()
  listeners.forEach(({ name = '', port, protocol, hostname, tls, allowedRoutes }, i) => {
    const at = `spec.listeners[${String(i)}]`
    errors.check(`${at}.name`, name, dnsSubdomain)
    errors.check(`${at}.port`, (port as number | undefined) ?? 0, portNumber)
    if (!protocol) errors.required(`${at}.protocol`)
    if (hostname !== undefined) hostnameAt(`${at}.hostname`, hostname, errors)
    if (names.has(name)) errors.duplicate(`${at}.name`, name)
    const place = `${String(port)}/${protocol}/${hostname ?? ''}`
    if (places.has(place)) errors.invalid(at, place, 'Combination of port, protocol and hostname must be unique for each listener')
    names.add(name)
    places.add(place)
    optional(errors, `${at}.allowedRoutes.namespaces.from`, allowedRoutes?.namespaces?.from, FROM)
    optional(errors, `${at}.tls.mode`, tls?.mode, MODES)
    if ((protocol === 'HTTP' || protocol === 'TCP' || protocol === 'UDP') && tls !== undefined) errors.forbidden(`${at}.tls`, `tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']`)
    if (tls?.mode === 'Terminate' && (tls.certificateRefs ?? []).length === 0 && tls.options === undefined) errors.required(`${at}.tls.certificateRefs`, 'certificateRefs or options must be specified when mode is Terminate')
  })
}

/** Checks an HTTPRoute after its defaults. */
export function validateRoute({ spec }: HTTPRoute, errors: FieldErrors): void {
  atMost('spec.parentRefs', spec?.parentRefs, LIMITS.parents, errors)
  spec?.parentRefs?.forEach(({ name }, i) => { if (!name) errors.required(`spec.parentRefs[${String(i)}].name`) })
  atMost('spec.hostnames', spec?.hostnames, LIMITS.hostnames, errors)
  spec?.hostnames?.forEach((name, i) => hostnameAt(`spec.hostnames[${String(i)}]`, name, errors))
  atMost('spec.rules', spec?.rules, LIMITS.rules, errors)
  spec?.rules?.forEach((rule, i) => validateRule(`spec.rules[${String(i)}]`, rule, errors))
}

function validateRule(at: string, { matches = [], filters = [], backendRefs = [] }: HTTPRouteRule, errors: FieldErrors): void {
  atMost(`${at}.matches`, matches, LIMITS.matches, errors)
  atMost(`${at}.filters`, filters, LIMITS.filters, errors)
  atMost(`${at}.backendRefs`, backendRefs, LIMITS.backends, errors)
  matches.forEach((match, i) => validateMatch(`${at}.matches[${String(i)}]`, match, errors))
  filters.forEach((filter, i) => validateFilter(`${at}.filters[${String(i)}]`, filter, errors))
  for (const type of ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite']) {
    if (filters.filter((filter) => filter.type === type).length > 1) errors.invalid(`${at}.filters`, type, `${type} filter cannot be repeated`)
  }
  const redirects = filters.some(({ type }) => type === 'RequestRedirect')
  if (redirects && filters.some(({ type }) => type === 'URLRewrite')) errors.invalid(`${at}.filters`, 'URLRewrite', 'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both')
  if (redirects && backendRefs.length > 0) errors.invalid(at, '', 'RequestRedirect filter must not be used together with backendRefs')
  const modifiers = filters.flatMap(({ requestRedirect, urlRewrite }) => requestRedirect?.path ?? urlRewrite?.path ?? [])
  if (modifiers.some(({ type }) => type === 'ReplacePrefixMatch') && (matches.length !== 1 || matches[0]?.path?.type !== 'PathPrefix')) {
    errors.invalid(at, '', 'When using a filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified')
  }
  backendRefs.forEach(({ name, group, kind, port, weight, filters: own = [] }, i) => {
    const where = `${at}.backendRefs[${String(i)}]`
    if (!name) errors.required(`${where}.name`)
    if (group === '' && kind === 'Service' && port === undefined) errors.required(`${where}.port`, 'Must have port for Service reference')
    errors.check(`${where}.port`, port, portNumber)
    if (weight !== undefined && (weight < 0 || weight > 1_000_000)) errors.invalid(`${where}.weight`, weight, 'must be between 0 and 1000000')
    own.forEach((filter, j) => validateFilter(`${where}.filters[${String(j)}]`, filter, errors))
  })
}

function validateMatch(at: string, { path, headers = [], queryParams = [], method }: HTTPRouteMatch, errors: FieldErrors): void {
  optional(errors, `${at}.path.type`, path?.type, ['Exact', 'PathPrefix', 'RegularExpression'])
  const value = path?.value ?? '/'
  if (path?.type !== 'RegularExpression') {
    if (!/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/.test(value) || !value.startsWith('/')) errors.invalid(`${at}.path.value`, value, 'must be an absolute path of characters that a URL has')
    for (const part of ['//', '/./', '/../', '%2f', '%2F', '#']) if (value.includes(part)) errors.invalid(`${at}.path.value`, value, `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`)
    for (const end of ['/..', '/.']) if (value.endsWith(end)) errors.invalid(`${at}.path.value`, value, `must not end with '${end}' when type one of ['Exact', 'PathPrefix']`)
  }
  if (value.length > 1024) errors.tooLong(`${at}.path.value`, 1024)
  optional(errors, `${at}.method`, method, METHODS)
  for (const [field, list] of [['headers', headers], ['queryParams', queryParams]] as const) {
    list.forEach(({ name = '', value: wanted, type }, i) => {
      const where = `${at}.${field}[${String(i)}]`
      if (!HEADER_NAME.test(name)) errors.invalid(`${where}.name`, name, 'must be a token of RFC 7230')
      if (!wanted) errors.required(`${where}.value`)
      optional(errors, `${where}.type`, type, ['Exact', 'RegularExpression'])
    })
  }
}

function validateFilter(at: string, filter: HTTPRouteFilter, errors: FieldErrors): void {
  const field = FILTER_FIELDS[filter.type]
  if (field === undefined) return errors.notSupported(`${at}.type`, filter.type, Object.keys(FILTER_FIELDS).sort())
  if (filter[field] === undefined) errors.required(`${at}.${field}`, `filter.${field} must be specified for ${filter.type} filter.type`)
  for (const other of Object.values(FILTER_FIELDS)) if (other !== field && filter[other] !== undefined) errors.forbidden(`${at}.${other}`, `filter.${other} must be nil if the filter.type is not that of it`)
  for (const where of ['requestHeaderModifier', 'responseHeaderModifier'] as const) {
    const { set = [], add = [], remove = [] } = filter[where] ?? {}
    for (const name of [...set, ...add].map((header) => header.name).concat(remove)) if (!HEADER_NAME.test(name)) errors.invalid(`${at}.${where}`, name, 'must be a token of RFC 7230')
  }
  const { requestRedirect, urlRewrite } = filter
  errors.check(`${at}.hostname`, requestRedirect?.hostname ?? urlRewrite?.hostname, dnsSubdomain)
  const code = requestRedirect?.statusCode
  if (code !== undefined && ![301, 302, 303, 307, 308].includes(code)) errors.notSupported(`${at}.requestRedirect.statusCode`, String(code), ['301', '302', '303', '307', '308'])
  optional(errors, `${at}.requestRedirect.scheme`, requestRedirect?.scheme, ['http', 'https'])
  errors.check(`${at}.requestRedirect.port`, requestRedirect?.port, portNumber)
  const path = requestRedirect?.path ?? urlRewrite?.path
  if (path !== undefined) validateModifier(`${at}.path`, path, errors)
}

function validateModifier(at: string, { type, replaceFullPath, replacePrefixMatch }: HTTPPathModifier, errors: FieldErrors): void {
  if (type === 'ReplaceFullPath' && replaceFullPath === undefined) errors.required(`${at}.replaceFullPath`, "replaceFullPath must be specified when type is set to 'ReplaceFullPath'")
  if (type === 'ReplacePrefixMatch' && replacePrefixMatch === undefined) errors.required(`${at}.replacePrefixMatch`, "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'")
  optional(errors, `${at}.type`, type, ['ReplaceFullPath', 'ReplacePrefixMatch'])
}

function hostnameAt(at: string, name: string, errors: FieldErrors): void {
  if (isIP(name) !== 0) errors.invalid(at, name, 'must be a DNS name, not an IP address')
  errors.check(at, name, name.startsWith('*') ? wildcardSubdomain : dnsSubdomain)
}

function atMost(at: string, list: readonly unknown[] | undefined, most: number, errors: FieldErrors): void {
  if (list !== undefined && list.length > most) errors.tooMany(at, list.length, most)
}

function optional(errors: FieldErrors, at: string, value: string | undefined, supported: readonly string[]): void {
  if (value !== undefined) errors.oneOf(at, value, supported)
}
