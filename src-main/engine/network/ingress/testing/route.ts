import type { ProxyFiles } from '../haproxy-config.ts'

/** What the proxy does with a host and a path, by the maps that it was given: the backend's name, or undefined. */
export function routeByMaps({ files }: ProxyFiles, host: string, path: string): string | undefined {
  const map = (name: string): Map<string, string> => new Map((files.get(name) ?? '').split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string]))
  const hosts = map('hosts.map')
  const table = hosts.get(host.toLowerCase()) ?? hosts.get(host.toLowerCase().replace(/^[^.]+/, '*')) ?? 'any'
  const exact = map('exact.map').get(table + path)
  if (exact !== undefined) return exact
  const found = [...map('prefix.map')].filter(([key]) => `${table}${path}/`.startsWith(key)).sort(([a], [b]) => b.length - a.length)[0]
  const fallback = /set-var\(txn\.route\) str\(([^)]*)\) unless/.exec(files.get('haproxy.cfg') ?? '')?.[1]
  return found?.[1] ?? fallback
}
