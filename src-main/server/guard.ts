import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request may not pass. */
export interface Refusal {
  status: 400 | 401 | 403
  message: string
}

/** Who may talk to the server: those who know the token, from a page that this server sent. */
export interface Gate {
  /** The secret of the URL and the cookie. */
  readonly token: string
  readonly port: number
}

/** Cookies are shared by all ports of a host: the name keeps two servers apart. */
export function cookieName(gate: Gate): string {
  return `toque-${String(gate.port)}`
}

/**
 * Host must be this very address (a page of another site whose name was made to point here sends its own: DNS rebinding),
 * and an Origin, where there is one, must be this server.
 */
export function refuseForeign(request: Pick<IncomingMessage, 'headers'>, gate: Gate, needsOrigin: boolean): Refusal | undefined {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${String(gate.port)}`)
  const { host, origin } = request.headers
  if (host === undefined || !hosts.includes(host)) return { status: 403, message: `Open Toque as http://127.0.0.1:${String(gate.port)}/, not under another name.` }
  if (origin === undefined) return needsOrigin ? { status: 403, message: 'This connection must come from the Toque page.' } : undefined
  return origin === `http://${host}` ? undefined : { status: 403, message: 'Another site may not talk to Toque.' }
}

/** Does the request carry the token, in its cookie? */
export function hasCookie(request: Pick<IncomingMessage, 'headers'>, gate: Gate): boolean {
  const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim())
  const prefix = `${cookieName(gate)}=`
  return cookies.some((cookie) => cookie.startsWith(prefix) && sameSecret(cookie.slice(prefix.length), gate.token))
}

/** Compares in a time that says nothing about where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
