import { randomUUID } from 'node:crypto'
import { SignJWT, importJWK, jwtVerify } from 'jose'
import type { CryptoKey } from 'jose'
import type { Clock } from '../../../common/clock.ts'
import { StatusError } from '../../../common/errors.ts'
import type { Node, Pod, Secret, ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods, Secrets, ServiceAccounts } from '../../../common/kube/kinds.ts'
import type { Lookup } from '../registry/kind.ts'
import { serviceAccountUser } from '../authorization/rbac.ts'
import type { Caller } from '../rest/core.ts'
import { AUTHENTICATED, serviceAccountGroups } from './groups.ts'
import type { SigningKey } from './signing-key.ts'

/** Who signs, and whom a token is for when it does not say. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local'
const CLAIM = 'kubernetes.io'
/** How long a token is asked for that a pod got without asking: upstream's mark of such a one. Seconds. */
export const AUTOMATIC_TOKEN_S = 3607
/** Such a token is good for longer than it says, for programs that read theirs once. */
const EXTENDED_S = 365 * 24 * 3600
/** What is being deleted counts as there for this long after its time. */
const LEAVING_MS = 60_000

/** What a token is bound to: with that it ends. */
export interface BoundTo {
  readonly kind: 'Pod' | 'Secret' | 'Node'
  readonly name: string
  readonly uid: string
  /** The node that a pod is on. */
  readonly node?: Named | undefined
}

/** A token that is asked for. */
export interface TokenWanted {
  readonly account: Readonly<ServiceAccount>
  readonly audiences: readonly string[]
  readonly seconds: number
  readonly boundTo?: BoundTo | undefined
}

export interface IssuedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** An object, and which one of that name. */
export interface Named {
  name: string
  uid: string
}

interface Claim {
  namespace: string
  serviceaccount: Named
  pod?: Named
  secret?: Named
  node?: Named
  /** Seconds since the epoch: the end that the token was said to have. */
  warnafter?: number
}

/** Whose token it is, and for which of the audiences asked about. */
export interface TokenOwner {
  readonly caller: Caller
  readonly audiences: readonly string[]
}

interface Keys extends SigningKey {
  readonly toSign: Promise<CryptoKey | Uint8Array>
  readonly toCheck: Promise<CryptoKey | Uint8Array>
}

/**
 * Tokens of service accounts: JWTs as upstream's, signed with ES256 (RFC 7518). None is kept: a token is good as long as its account, and the pod, secret or node that it is bound to, are
 * there with the UIDs that it names.
 */
export class ServiceAccountTokens {
  readonly #lookup: Pick<Lookup, 'get'>
  readonly #clock: Clock
  #key: Keys | undefined

  constructor(lookup: Pick<Lookup, 'get'>, clock: Clock) {
    this.#lookup = lookup
    this.#clock = clock
  }

  /** Signs with this key from now on, and knows only what it signed. */
  use(key: SigningKey): void {
    this.#key = { ...key, toSign: importJWK(key.secret, 'ES256'), toCheck: importJWK(key.open, 'ES256') }
  }

  /** The keys that others may check tokens with: RFC 7517. */
  get keys(): { keys: object[] } {
    return { keys: this.#key === undefined ? [] : [this.#key.open] }
  }

  async issue({ account: { metadata: { name, namespace = '', uid } }, audiences, seconds, boundTo }: TokenWanted): Promise<IssuedToken> {
    const key = this.#key
    if (key === undefined) throw new StatusError('ServiceUnavailable', 'The key that signs tokens is not there yet. Try again in a moment.')
    const now = Math.floor(this.#clock.now() / 1000)
    const isAutomatic = seconds === AUTOMATIC_TOKEN_S && boundTo?.kind === 'Pod' && audiences.every((audience) => audience === ISSUER)
    const claim: Claim = {
      namespace, serviceaccount: { name, uid }, ...(boundTo === undefined ? {} : { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } }),
      ...(boundTo?.node === undefined ? {} : { node: boundTo.node }), ...(isAutomatic ? { warnafter: now + seconds } : {}),
    }
    const token = await new SignJWT({ [CLAIM]: claim })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid }).setIssuer(ISSUER).setSubject(serviceAccountUser(namespace, name)).setAudience([...audiences])
      .setIssuedAt(now).setNotBefore(now).setExpirationTime(now + (isAutomatic ? EXTENDED_S : seconds)).setJti(randomUUID()).sign(await key.toSign)
    return { token, expiresAt: (now + seconds) * 1000 }
  }

  /** Whose token it is; undefined for one that is not ours, not valid (any more), or for none of these audiences. */
  async check(token: string, audiences: readonly string[] = [ISSUER]): Promise<TokenOwner | undefined> {
    const key = this.#key
    if (key === undefined || token.split('.').length !== 3) return undefined
    try {
      const { payload } = await jwtVerify(token, await key.toCheck, { issuer: ISSUER, audience: [...audiences], algorithms: ['ES256'], currentDate: new Date(this.#clock.now()) })
      const claim = payload[CLAIM] as Claim | undefined
      if (claim === undefined || !this.#isThere(claim)) return undefined
      const { namespace, serviceaccount: { name, uid }, pod, node } = claim
      const about = (what: string, named: Named | undefined): Record<string, string[]> =>
        named === undefined ? {} : { [`authentication.kubernetes.io/${what}-name`]: [named.name], [`authentication.kubernetes.io/${what}-uid`]: [named.uid] }
      const extra = { 'authentication.kubernetes.io/credential-id': [`JTI=${payload.jti ?? ''}`], ...about('pod', pod), ...about('node', node) }
      const caller: Caller = { user: serviceAccountUser(namespace, name), uid, groups: [...serviceAccountGroups(namespace), AUTHENTICATED], extra }
      return { caller, audiences: [payload.aud ?? []].flat().filter((audience) => audiences.includes(audience)) }
    } catch {
      // Not a token of ours, or one that is over: jose says which, and nobody is to know.
      return undefined
    }
  }

  /** Its deletion's time is over, and whoever holds it has not let go. */
  #hasLeft({ metadata: { deletionTimestamp } }: Readonly<ServiceAccount | Pod | Secret | Node>): boolean {
    return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) + LEAVING_MS < this.#clock.now()
  }

  #isThere({ namespace, serviceaccount, pod, secret, node }: Claim): boolean {
    const same = (object: Readonly<ServiceAccount | Pod | Secret | Node> | undefined, { uid }: Named): boolean => object?.metadata.uid === uid && !this.#hasLeft(object)
    return same(this.#lookup.get(ServiceAccounts, namespace, serviceaccount.name), serviceaccount)
      && (pod === undefined || same(this.#lookup.get(Pods, namespace, pod.name), pod)) && (secret === undefined || same(this.#lookup.get(Secrets, namespace, secret.name), secret))
      // A pod's token ends with the pod, whatever becomes of the node that it names.
      && (node === undefined || pod !== undefined || same(this.#lookup.get(Nodes, '', node.name), node))
  }
}
