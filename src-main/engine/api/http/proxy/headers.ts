import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** They are about one connection, not about the request. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'])
/** What the client showed this server is not for the one behind it. */
const CREDENTIALS = /^(authorization|impersonate-.*)$/

/** The headers that go on to the server behind. `uri`: the whole path as the client asked for it. `isUpgrade`: the connection's own ones go on, too. */
export function forwardedHeaders(headers: IncomingHttpHeaders, client: string, uri: string, isUpgrade: boolean): OutgoingHttpHeaders {
  const dropped = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()))
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !dropped.has(name) && !CREDENTIALS.test(name))
  const via = [headers['x-forwarded-for'], client].flat().filter((part) => part !== undefined && part !== '').join(', ')
  return {
    ...Object.fromEntries(kept),
    'x-forwarded-uri': uri,
    ...(via === '' ? {} : { 'x-forwarded-for': via }),
    ...(isUpgrade ? { connection: 'Upgrade', upgrade: headers.upgrade } : {}),
  }
}

/** The headers that come back to the client. */
export function returnedHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))
}
