const HEALTH = /^\/(healthz|livez|readyz)(?:\/([\w-]+))?$/

/** The answer of a health page, or undefined for another path. Who can be answered is well: with `verbose` it is said of each check, as upstream does. */
export function healthText(path: string, query: URLSearchParams): string | undefined {
  const [, page = '', part] = HEALTH.exec(path) ?? []
  if (page === '' || (page === 'healthz' && part !== undefined && part !== 'ping')) return undefined
  return query.has('verbose') && part === undefined ? `[+]ping ok\n${page} check passed\n` : 'ok'
}
