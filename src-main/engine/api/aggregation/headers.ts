import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { forwardedHeaders } from '../http/proxy/headers.ts'
import type { Caller } from '../rest/core.ts'

const REMOTE = /^x-remote-/

/** The headers of a request on its way to another API server: the client's own, without what it showed this server, and in whose name it comes. */
export function remoteHeaders(request: IncomingMessage, { user, groups, extra = {} }: Caller, isUpgrade: boolean): OutgoingHttpHeaders {
  const url = request.url ?? '/'
  const { 'x-forwarded-uri': _uri, ...sent } = forwardedHeaders(request.headers, request.socket.remoteAddress ?? '', url, isUpgrade)
  const own = Object.fromEntries(Object.entries(sent).filter(([name]) => !REMOTE.test(name)))
  const more = Object.fromEntries(Object.entries(extra).map(([key, values]) => [`x-remote-extra-${encodeURIComponent(key.toLowerCase())}`, [...values]]))
  return { ...own, 'x-remote-user': user, ...(groups.length === 0 ? {} : { 'x-remote-group': [...groups] }), ...more }
}
