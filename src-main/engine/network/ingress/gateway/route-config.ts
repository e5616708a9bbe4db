import type { HTTPHeaderFilter } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { GatewayRoute } from './precedence.ts'
import type { PathChange, RouteFilters } from './rules.ts'

/** What a backend does besides sending requests to pods. */
export interface GatewayBackend {
  /** Undefined: what it should do is not understood. */
  filters: RouteFilters | undefined
  /** The share of the requests, 0 to 1, that is answered with 500: what they should go to is not there. */
  refused: number
}

/** Shares are drawn in such parts. */
const PARTS = 1_000_000

/** The lines that find a request's backend, in order of precedence; the first that matches counts. `txn.host` and `txn.path` are set before. Pure. */
export function routeLines(routes: readonly GatewayRoute[]): string {
  if (routes.length === 0) return ''
  const lines = routes.map(({ https, host, match, backend }) => {
    // What most lines fail by comes first: it is all that they cost.
    const conditions = [
      host === '' ? '' : host.startsWith('*.') ? `{ var(txn.host) -m end -- ${quoted(host.slice(1))} }` : `{ var(txn.host) -m str -- ${quoted(host)} }`,
      match.exact ? `{ var(txn.path) -m str -- ${quoted(match.path)} }` : match.path === '' ? '' : `{ var(txn.slash) -m beg -- ${quoted(`${match.path}/`)} }`,
      match.method === undefined ? '' : `{ method ${match.method} }`,
      ...match.headers.map(({ name, value }) => `{ req.fhdr(${quoted(name)}) -m str -- ${quoted(value)} }`),
      ...match.queryParams.map(({ name, value }) => `{ url_param(${name}),url_dec -m str -- ${quoted(value)} }`),
      https ? '{ ssl_fc }' : '!{ ssl_fc }', '!{ var(txn.route) -m found }',
    ]
    return `  http-request set-var(txn.route) str(${backend}) if ${conditions.filter((condition) => condition !== '').join(' ')}\n`
  })
  return ['  http-request set-var(txn.slash) path,concat(/)\n', ...lines].join('')
}

/** The lines of a backend that change requests and answers, or answer themselves. Pure. */
export function filterLines({ filters, refused }: GatewayBackend): string[] {
  const answer = `http-request return status 500 content-type text/plain string ${quoted('A rule for this request names something that is not there or not served: see the status of its HTTPRoute.\n'.trim())}`
  if (filters === undefined || refused >= 1) return [`  ${answer}`]
  return [
    ...(refused > 0 ? [`  ${answer} if { rand(${String(PARTS)}) lt ${String(Math.round(refused * PARTS))} }`] : []),
    ...headerLines('http-request', filters.request), ...headerLines('http-response', filters.response),
    ...(filters.rewrite?.hostname === undefined ? [] : [`  http-request set-header Host ${quoted(format(filters.rewrite.hostname))}`]),
    ...pathLines(filters.rewrite?.path ?? filters.redirect?.path),
    ...redirectLines(filters.redirect),
  ]
}

function headerLines(when: 'http-request' | 'http-response', headers: HTTPHeaderFilter | undefined): string[] {
  const { set = [], add = [], remove = [] } = headers ?? {}
  return [
    ...set.map(({ name, value }) => `  ${when} set-header ${quoted(name)} ${quoted(format(value))}`),
    ...add.map(({ name, value }) => `  ${when} add-header ${quoted(name)} ${quoted(format(value))}`),
    ...remove.map((name) => `  ${when} del-header ${quoted(name)}`),
  ]
}

function pathLines(change: PathChange | undefined): string[] {
  if (change === undefined) return []
  if ('full' in change) return [`  http-request set-path ${quoted(format(change.full === '' ? '/' : change.full))}`]
  const { prefix, to } = change
  const rest = `%[path,bytes(${String(prefix.length)})]`
  if (to !== '') return [`  http-request set-path ${quoted(`${format(to)}${rest}`)}`]
  if (prefix === '') return []
  // A path is never empty. In this order: what becomes / has no such prefix any more.
  return [`  http-request set-path / if { path -m str -- ${quoted(prefix)} }`, `  http-request set-path ${quoted(rest)} if { path -m beg -- ${quoted(`${prefix}/`)} }`]
}

function redirectLines(redirect: RouteFilters['redirect']): string[] {
  if (redirect === undefined) return []
  const { scheme, hostname, port, code } = redirect
  const host = hostname === undefined ? '%[var(txn.host)]' : format(hostname)
  const at = (name: string): string => `${name}://${host}${port === undefined || port === (name === 'https' ? 443 : 80) ? '' : `:${String(port)}`}%[pathq]`
  const line = (name: string, when: string): string => `  http-request redirect location ${quoted(at(name))} code ${String(code)}${when}`
  return scheme === undefined ? [line('https', ' if { ssl_fc }'), line('http', ' unless { ssl_fc }')] : [line(scheme, '')]
}

/** As one word of the configuration that means itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** As a log format that means itself. */
function format(text: string): string {
  return text.replaceAll('%', '%%')
}
