import { protocol } from 'electron'
import { pagePolicy } from '../common/contract/page-policy.ts'

const SCHEME = 'toque'
/** Where the page lives: an origin of its own, so that the same-origin rules hold (a file has none). */
export const PAGE_URL = `${SCHEME}://app/`

/** Before the app is ready: makes `toque:` a scheme with an origin. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }])
}

/** Reads one file of the built page; undefined when there is none. */
export type ReadPage = (urlPath: string) => Promise<{ body: Uint8Array; type: string } | undefined>

/** Serves the built page, with its policy. */
export function servePage(read: ReadPage): void {
  protocol.handle(SCHEME, async (request) => {
    const url = new URL(request.url)
    const file = url.host === 'app' ? await read(url.pathname) : undefined
    if (file === undefined) return new Response('There is nothing here.', { status: 404 })
    return new Response(Buffer.from(file.body), { headers: { 'Content-Type': file.type, 'Content-Security-Policy': pagePolicy(''), 'X-Content-Type-Options': 'nosniff' } })
  })
}
