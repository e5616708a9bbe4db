import type { IncomingMessage } from 'node:http'
import { createHash, timingSafeEqual } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { StatusError } from '../../../common/errors.ts'
import type { Caller } from '../rest/core.ts'
import { AUTHENTICATED } from './groups.ts'

/** Says whose bearer token this is; undefined for one it does not know. */
export type TokenCheck = (token: string) => Caller | undefined | Promise<Caller | undefined>

/** Who sends a request: by client certificate, else by bearer token. Undefined for nobody (anonymous); Unauthorized for a wrong token. */
export async function authenticate(request: IncomingMessage, checkToken: TokenCheck): Promise<Caller | undefined> {
  const socket = request.socket as TLSSocket
  if (socket.authorized) {
    const caller = callerOf(socket.getPeerCertificate())
    if (caller !== undefined) return caller
  }
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const caller = await checkToken(token)
  if (caller === undefined) throw unauthorized('the bearer token is not one of this cluster\'s')
  return { ...caller, groups: [...new Set([...caller.groups, AUTHENTICATED])] }
}

/** 401 with what is wrong and what to do. */
export function unauthorized(what: string): StatusError {
  return new StatusError('Unauthorized', `Unauthorized: ${what}. Use the kubeconfig that this cluster wrote for you.`)
}

function callerOf(certificate: Partial<PeerCertificate>): Caller | undefined {
  const { CN: user, O: groups } = (certificate.subject ?? {}) as { CN?: string | string[]; O?: string | string[] }
  const name = Array.isArray(user) ? user[0] : user
  if (!name) return undefined
  return { user: name, groups: [...(groups === undefined ? [] : [groups].flat()), AUTHENTICATED] }
}

/** Knows one token, compared in constant time. */
export function oneToken(token: string, caller: Caller): TokenCheck {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const wanted = digest(token)
  return (given) => (timingSafeEqual(digest(given), wanted) ? caller : undefined)
}
