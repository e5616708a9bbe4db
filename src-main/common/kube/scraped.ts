import type { Pod } from './generated/core-v1.ts'

/** The annotations by which pods say that they expose metrics, and where: the convention of Prometheus' own examples. */
export const SCRAPE = 'prometheus.io/scrape'
export const SCRAPE_PORT = 'prometheus.io/port'
const PATH = 'prometheus.io/path'
const SCHEME = 'prometheus.io/scheme'

/** Does the pod say that it exposes metrics? */
export function isScraped({ metadata }: Readonly<Pod>): boolean {
  return metadata.annotations?.[SCRAPE] === 'true'
}

/** Where its metrics are; without an annotation the first TCP port. `port` is undefined where nothing names one. */
export function scrapePage({ metadata: { annotations = {} }, spec }: Readonly<Pod>): { port: number | undefined; path: string; scheme: 'http' | 'https' } {
  const port = Number(annotations[SCRAPE_PORT] ?? spec.containers.flatMap((c) => c.ports ?? []).find((p) => (p.protocol ?? 'TCP') === 'TCP')?.containerPort)
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535
  return { port: isPort ? port : undefined, path: annotations[PATH] ?? '/metrics', scheme: annotations[SCHEME] === 'https' ? 'https' : 'http' }
}
