/** The page's Content-Security-Policy: nothing but what came with Toque. `connect` is where its RPC goes ('' in the desktop app: ports need none). */
export function pagePolicy(connect: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    // CodeMirror, xterm and Svelte set styles from script; style elements need this.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    connect === '' ? "connect-src 'self'" : `connect-src 'self' ${connect}`,
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
