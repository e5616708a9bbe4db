/**
 * The hosts that a listener (undefined: all) and a route (none: all) have in common, by Gateway API's rules: a wildcard stands for one label or more, and of two that
 * match the narrower counts. '' is every host. Undefined: they have none. Pure.
 */
export function commonHosts(listener: string | undefined, route: readonly string[]): string[] | undefined {
  const wide = listener ?? ''
  if (route.length === 0) return [wide]
  const common = route.flatMap((host) => narrower(wide, host) ?? [])
  return common.length === 0 ? undefined : [...new Set(common)]
}

function narrower(a: string, b: string): string | undefined {
  if (covers(a, b)) return b
  return covers(b, a) ? a : undefined
}

/** Is everything that `host` stands for also what `wide` stands for? */
export function covers(wide: string, host: string): boolean {
  if (wide === '' || wide === host) return true
  return wide.startsWith('*.') && host !== '' && host.replace(/^\*/, '').endsWith(wide.slice(1)) && host.length > wide.length - 1
}
