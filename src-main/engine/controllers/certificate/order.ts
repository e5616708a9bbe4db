import type { AcmeChallenge } from '../../../common/kube/certificate.ts'
import type { AcmeAuthorization, AcmeClient } from './acme/acme-client.ts'
import { AcmeError } from './acme/acme-error.ts'
import { IssueError } from './explain.ts'

/** What an order needs next. */
export type OrderStep =
  | { do: 'serve'; challenges: AcmeChallenge[]; urls: ReadonlyMap<string, string> }
  | { do: 'wait' }
  | { do: 'finalize'; url: string }
  | { do: 'fetch'; url: string }

/** Looks at an order and its authorizations. Throws an AcmeError for one that failed. */
export async function lookAtOrder(acme: AcmeClient, url: string, authorizationOf: (token: string) => string): Promise<OrderStep> {
  const order = await acme.order(url)
  if (order.status === 'valid' && order.certificate !== undefined) return { do: 'fetch', url: order.certificate }
  if (order.status === 'ready') return { do: 'finalize', url: order.finalize }
  if (order.status !== 'pending' && order.status !== 'invalid') return { do: 'wait' }
  const authorizations = await Promise.all(order.authorizations.map((one) => acme.authorization(one)))
  for (const authorization of authorizations) throwIfFailed(authorization)
  if (order.status === 'invalid') throw AcmeError.of(order.error ?? { detail: 'the order failed' })
  return challengesOf(authorizations, authorizationOf)
}

/** The challenges that have to be answered, or a wait for the CA. Pure. */
export function challengesOf(authorizations: readonly AcmeAuthorization[], authorizationOf: (token: string) => string): OrderStep {
  const challenges: AcmeChallenge[] = []
  const urls = new Map<string, string>()
  for (const { status, identifier: { value: host }, challenges: offered } of authorizations) {
    if (status !== 'pending') continue
    const http = offered.find(({ type }) => type === 'http-01')
    if (http === undefined) throw new IssueError('NoHttpChallenge', `The CA does not let ${host} be shown by an answer over HTTP (HTTP-01), the only way that there is here`)
    // It becomes a part of a proxy's configuration.
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(http.token)) throw new AcmeError('', 'its challenge has a token that RFC 8555 does not allow')
    challenges.push({ host, token: http.token, keyAuthorization: authorizationOf(http.token) })
    if (http.status === 'pending') urls.set(http.token, http.url)
  }
  return challenges.length === 0 ? { do: 'wait' } : { do: 'serve', challenges, urls }
}

function throwIfFailed({ status, identifier: { value: host }, challenges }: AcmeAuthorization): void {
  const failed = challenges.find(({ error }) => error !== undefined)?.error
  if (status === 'invalid') throw AcmeError.of(failed ?? { detail: 'it did not say why' }, { host })
  if (status !== 'pending' && status !== 'valid') throw new AcmeError('', `its authorization is ${status}`, { host })
}
