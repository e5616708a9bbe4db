import { type Exchange, methodNotAllowed } from './exchange.ts'
import { sendPieces } from './respond.ts'

/** A page's text in pieces, made while it is read. */
export interface MetricsPage {
  readonly contentType: string
  readonly pieces: Iterable<string>
}

/** Where pages for Prometheus come from. */
export interface MetricsPages {
  /** Undefined where there is no such page. `path`: as in the URL, `/metrics/engine`. */
  page(path: string): Promise<MetricsPage> | undefined
}

/** Serves a page for Prometheus. False for a path that is none. */
export async function serveMetrics(pages: MetricsPages, exchange: Exchange, path: string): Promise<boolean> {
  if (path !== '/metrics' && !path.startsWith('/metrics/')) return false
  const page = pages.page(path)
  if (page === undefined) return false
  if (exchange.method !== 'GET') throw methodNotAllowed()
  const { contentType, pieces } = await page
  await sendPieces(exchange.response, pieces, contentType, exchange.gzip)
  return true
}
