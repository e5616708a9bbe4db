import type { RouteMatch } from './rules.ts'

/** One line of the proxy's table: requests that match go to a backend. */
export interface GatewayRoute {
  https: boolean
  /** A name, `*.` and a name, or '' for all. */
  host: string
  match: RouteMatch
  /** The backend's name. */
  backend: string
}

/** Whose line it is, for ties. */
export interface Ranked extends GatewayRoute {
  /** When the route was made and `namespace/name`. */
  age: string
  rule: number
  index: number
}

/** Which of two lines goes before, by Gateway API's rules: the host, the path, the method, the number of headers and of parameters, then the older route. */
export function compareRoutes(a: Ranked, b: Ranked): number {
  return wildness(a.host) - wildness(b.host) || b.host.length - a.host.length
    || Number(b.match.exact) - Number(a.match.exact) || b.match.path.length - a.match.path.length
    || Number(b.match.method !== undefined) - Number(a.match.method !== undefined)
    || b.match.headers.length - a.match.headers.length || b.match.queryParams.length - a.match.queryParams.length
    || (a.age === b.age ? 0 : a.age < b.age ? -1 : 1) || a.rule - b.rule || a.index - b.index
}

function wildness(host: string): number {
  return host === '' ? 2 : host.startsWith('*.') ? 1 : 0
}
