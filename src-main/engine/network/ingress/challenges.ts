import { Certificates } from '../../../common/kube/certificate.ts'
import type { AcmeChallenge, Certificate } from '../../../common/kube/certificate.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import { changeStatus } from '../../client/retry.ts'
import { HTTP_PORT } from './haproxy-config.ts'
import type { NodeIngressState } from './node-ingress.ts'

/** What a proxy answers to a CA: the rest of the path, and the text. */
export type ServedChallenge = Pick<AcmeChallenge, 'token' | 'keyAuthorization'>

/** What all proxies have to answer, in a fixed order. What is no token of RFC 8555 never gets into a configuration. Pure. */
export function pendingChallenges(certificates: readonly Frozen<Certificate>[]): ServedChallenge[] {
  const isSafe = (text: string): boolean => /^[A-Za-z0-9_.-]+$/.test(text)
  return certificates.flatMap(({ status }) => status?.challenges ?? [])
    .filter(({ token, keyAuthorization }) => isSafe(token) && isSafe(keyAuthorization))
    .map(({ token, keyAuthorization }) => ({ token, keyAuthorization }))
    .sort((a, b) => (a.token < b.token ? -1 : 1))
}

/** One node's proxy: what it does (undefined: not known yet), and the tokens that it answers. */
export interface AnsweringNode {
  state: NodeIngressState | undefined
  tokens: ReadonlySet<string>
}

/**
 * Whether a token is answered wherever the CA may come in: on each of these nodes but those whose port 80 is another program's, and on one at least. Nodes that are
 * silent are not to be among them. Pure.
 */
export function isAnswered(token: string, nodes: readonly AnsweringNode[]): boolean {
  const ours = nodes.filter(({ state }) => state?.held.includes(HTTP_PORT) !== true)
  return ours.length > 0 && ours.every(({ tokens }) => tokens.has(token))
}

/** Writes on the Certificates which of their challenges are answered everywhere now. One that once was stays so: the CA has been told. */
export async function tellAnswered(client: Client, certificates: readonly Frozen<Certificate>[], nodes: readonly AnsweringNode[]): Promise<void> {
  for (const { status, metadata: { namespace = '', name, uid } } of certificates) {
    const isNews = (challenge: AcmeChallenge): boolean => challenge.served !== true && isAnswered(challenge.token, nodes)
    if (status?.challenges?.some(isNews) !== true) continue
    await changeStatus(client, Certificates, { namespace, name, uid }, (copy) => {
      const news = copy.status?.challenges?.filter(isNews) ?? []
      for (const challenge of news) challenge.served = true
      return news.length > 0
    })
  }
}
