import type { HTTPHeaderFilter, HTTPPathModifier, HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule } from '../../../../common/kube/generated/gateway-networking-v1.ts'

/** One way to match a request. */
export interface RouteMatch {
  exact: boolean
  /** A prefix without its last slash; '' matches all. */
  path: string
  method: string | undefined
  headers: { name: string; value: string }[]
  queryParams: { name: string; value: string }[]
}

/** How a path is changed. */
export type PathChange = { full: string } | { prefix: string; to: string }

/** What is done to what matches. */
export interface RouteFilters {
  request: HTTPHeaderFilter | undefined
  response: HTTPHeaderFilter | undefined
  rewrite: { hostname: string | undefined; path: PathChange | undefined } | undefined
  redirect: { scheme: 'http' | 'https' | undefined; hostname: string | undefined; port: number | undefined; code: number; path: PathChange | undefined } | undefined
}

/** A rule that can be served, or a sentence about what of it cannot; then what matches it (none, where that is what is not understood) is answered with 500. */
export type ReadRule = { matches: RouteMatch[]; filters: RouteFilters; timeoutSeconds: number | undefined } | { matches: RouteMatch[]; unsupported: string }

/** Names that need no quoting anywhere. */
const PLAIN_NAME = /^[A-Za-z0-9_.~-]+$/
/** No value has a line's end: it would be another line of the configuration. */
const HAS_CONTROL = /[\x00-\x1f\x7f]/

/** Reads a rule, its defaults filled in. Pure. */
export function readRule({ matches = [{}], filters = [], backendRefs = [], timeouts, retry, sessionPersistence }: HTTPRouteRule): ReadRule {
  const read = matches.map(readMatch)
  const wrong = read.find((match) => typeof match === 'string')
  if (wrong !== undefined) return { matches: [], unsupported: wrong }
  const good = read.filter((match) => typeof match !== 'string')
  const refuse = (unsupported: string): ReadRule => ({ matches: good, unsupported })
  if (retry !== undefined) return refuse('retry is not served here: requests that did not reach a pod are tried again on another in any case')
  if (sessionPersistence !== undefined) return refuse('sessionPersistence is not served here')
  if (backendRefs.some((backend) => (backend.filters ?? []).length > 0)) return refuse('filters of a single backendRef are not served here: set them on the rule')
  const filtered = readFilters(filters, good[0]?.path ?? '')
  if (typeof filtered === 'string') return refuse(filtered)
  const seconds = readTimeouts([timeouts?.request, timeouts?.backendRequest])
  if (typeof seconds === 'string') return refuse(seconds)
  return { matches: good, filters: filtered, timeoutSeconds: seconds }
}

function readMatch({ path, method, headers = [], queryParams = [] }: HTTPRouteMatch): RouteMatch | string {
  const { type = 'PathPrefix', value = '/' } = path ?? {}
  if (type === 'RegularExpression' || [...headers, ...queryParams].some((one) => one.type === 'RegularExpression')) return 'matches by RegularExpression are not served here: use Exact or PathPrefix'
  if ([...headers, ...queryParams].some((one) => HAS_CONTROL.test(one.value))) return 'a header or a parameter that is matched has no control characters'
  if (HAS_CONTROL.test(value)) return 'a path has no control characters'
  const odd = [...headers, ...queryParams].find(({ name }) => !PLAIN_NAME.test(name))
  if (odd !== undefined) return `a header or a parameter named "${odd.name}" cannot be matched here: names of letters, digits and _.~- can`
  const first = <T extends { name: string }>(list: readonly T[], same: (name: string) => string): T[] => [...new Map([...list].reverse().map((one) => [same(one.name), one])).values()].reverse()
  return {
    exact: type === 'Exact', path: type === 'Exact' ? value : value.replace(/\/+$/, ''), method,
    headers: first(headers, (name) => name.toLowerCase()).map(({ name, value: wanted }) => ({ name, value: wanted })),
    queryParams: first(queryParams, (name) => name).map(({ name, value: wanted }) => ({ name, value: wanted })),
  }
}

function readFilters(filters: readonly HTTPRouteFilter[], prefix: string): RouteFilters | string {
  const read: RouteFilters = { request: undefined, response: undefined, rewrite: undefined, redirect: undefined }
  const change = (path: HTTPPathModifier | undefined): PathChange | undefined => {
    if (path === undefined) return undefined
    return path.type === 'ReplaceFullPath' ? { full: path.replaceFullPath ?? '/' } : { prefix, to: (path.replacePrefixMatch ?? '').replace(/\/+$/, '') }
  }
  for (const { type, requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite } of filters) {
    if (requestHeaderModifier !== undefined) read.request = requestHeaderModifier
    else if (responseHeaderModifier !== undefined) read.response = responseHeaderModifier
    else if (urlRewrite !== undefined) read.rewrite = { hostname: urlRewrite.hostname, path: change(urlRewrite.path) }
    else if (requestRedirect !== undefined) read.redirect = { scheme: requestRedirect.scheme, hostname: requestRedirect.hostname, port: requestRedirect.port, code: requestRedirect.statusCode ?? 302, path: change(requestRedirect.path) }
    else return `filter ${type} is not served here; RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect and URLRewrite are`
  }
  const names = [read.request, read.response].flatMap((headers) => [...[...(headers?.set ?? []), ...(headers?.add ?? [])].map(({ name }) => name), ...(headers?.remove ?? [])])
  const odd = names.find((name) => !PLAIN_NAME.test(name))
  if (odd !== undefined) return `a header named "${odd}" cannot be written here: names of letters, digits and _.~- can`
  const values = [read.request, read.response].flatMap((headers) => [...(headers?.set ?? []), ...(headers?.add ?? [])].map(({ value }) => value))
  const paths = [read.rewrite?.path, read.redirect?.path].flatMap((path) => (path === undefined ? [] : 'full' in path ? [path.full] : [path.to]))
  if ([...values, ...paths].some((text) => HAS_CONTROL.test(text))) return 'what a filter writes has no control characters'
  if (paths.some((path) => path !== '' && !/^\/[^\s?#]*$/.test(path))) return 'what a path is replaced by begins with / and has no white space, ? or #'
  return read
}

/** Gateway API's durations (`1h30m`, `500ms`): the shortest that is set, in seconds, at least one. '0s' is none. */
function readTimeouts(texts: readonly (string | undefined)[]): number | string | undefined {
  const seconds: number[] = []
  for (const text of texts) {
    if (text === undefined) continue
    if (!/^(\d{1,5}(h|m|s|ms)){1,4}$/.test(text)) return `timeout "${text}" is no duration such as 30s`
    const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 }
    const total = [...text.matchAll(/(\d+)(h|ms|m|s)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
    if (total > 0) seconds.push(Math.max(1, Math.round(total)))
  }
  return seconds.length === 0 ? undefined : Math.min(...seconds)
}
