import { timestamp } from '../../../common/clock.ts'
import { badRequest, conflict, invalid, notFound } from '../../../common/errors.ts'
import type { Node, Pod, Secret, ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import type { BoundObjectReference, TokenRequest, TokenRequestSpec } from '../../../common/kube/generated/authentication-v1.ts'
import { Nodes, Pods, Secrets, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import { ISSUER } from '../authentication/service-account-tokens.ts'
import type { BoundTo, ServiceAccountTokens } from '../authentication/service-account-tokens.ts'
import type { Lookup } from '../registry/kind.ts'
import { FieldErrors } from '../validation/field-errors.ts'

const HOUR_S = 3600
const LEAST_S = 600
const MOST_S = 2 ** 32
const BINDABLE = { Pod: Pods, Secret: Secrets, Node: Nodes } as const

/** Makes a token for a service account, as a TokenRequest asks. */
export async function requestToken(lookup: Pick<Lookup, 'get'>, tokens: ServiceAccountTokens, namespace: string, name: string, body: unknown): Promise<TokenRequest> {
  const account = lookup.get(ServiceAccounts, namespace, name)
  if (account === undefined) throw notFound('serviceaccounts', name)
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) throw badRequest('the body of the request must be a TokenRequest')
  const { metadata = {}, spec = {} } = (body ?? {}) as { metadata?: { name?: string; namespace?: string }; spec?: Partial<TokenRequestSpec> }
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) throw badRequest('the name of the object does not match the name on the URL')
  const seconds = secondsOf(spec.expirationSeconds)
  const audiences = spec.audiences === undefined || spec.audiences.length === 0 ? [ISSUER] : spec.audiences
  const boundTo = spec.boundObjectRef === undefined ? undefined : bound(lookup, account, spec.boundObjectRef)
  const { token, expiresAt } = await tokens.issue({ account, audiences, seconds, boundTo })
  return {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { name, namespace, creationTimestamp: account.metadata.creationTimestamp } as TokenRequest['metadata'],
    spec: { audiences, expirationSeconds: seconds, ...(spec.boundObjectRef === undefined ? {} : { boundObjectRef: spec.boundObjectRef }) },
    status: { token, expirationTimestamp: timestamp(expiresAt) },
  }
}

function secondsOf(wanted: number | undefined): number {
  const seconds = wanted ?? HOUR_S
  const errors = new FieldErrors()
  if (!Number.isInteger(seconds)) errors.invalid('spec.expirationSeconds', seconds, 'must be a whole number of seconds')
  else if (seconds < LEAST_S) errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')
  else if (seconds > MOST_S) errors.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')
  if (errors.causes.length > 0) throw invalid('authentication.k8s.io', 'TokenRequest', '', errors.causes)
  return seconds
}

function bound(lookup: Pick<Lookup, 'get'>, { metadata: { namespace = '', name: account } }: Readonly<ServiceAccount>, { kind = '', name = '', uid }: BoundObjectReference): BoundTo {
  if (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node') throw badRequest(`cannot bind token to object of type ${kind}: it is a Pod, a Secret or a Node`)
  const resource = BINDABLE[kind]
  const object = lookup.get<Pod | Secret | Node>(resource as typeof Pods, kind === 'Node' ? '' : namespace, name)
  if (object === undefined) throw notFound(groupResourceOf(resource), name)
  if (uid !== undefined && uid !== '' && uid !== object.metadata.uid) throw conflict(groupResourceOf(resource), name, `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`)
  if (kind === 'Pod' && (object as Pod).spec?.serviceAccountName !== account) throw badRequest(`cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name`)
  const nodeName = (object as Pod).spec?.nodeName ?? ''
  const node = nodeName === '' ? undefined : lookup.get(Nodes, '', nodeName)
  return { kind, name, uid: object.metadata.uid, ...(node === undefined ? {} : { node: { name: nodeName, uid: node.metadata.uid } }) }
}
