import { type Exchange, methodNotAllowed } from './exchange.ts'
import { sendPieces } from './respond.ts'

/** Where pages for Prometheus come from. */
export interface MetricsPages {
  /** A page's text in pieces, made while it is read; undefined where there is no such page. `path`: as in the URL, `/metrics/engine`. */
  page(path: string): Promise<Iterable<string>> | undefined
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** Serves a page for Prometheus. False for a path that is none. */
export async function serveMetrics(pages: MetricsPages, exchange: Exchange, path: string): Promise<boolean> {
  if (path !== '/metrics' && !path.startsWith('/metrics/')) return false
  const page = pages.page(path)
  if (page === undefined) return false
  if (exchange.method !== 'GET') throw methodNotAllowed()
  await sendPieces(exchange.response, await page, TEXT, exchange.gzip)
  return true
}
