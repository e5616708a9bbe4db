import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { type Identity, issue, makeAuthority, readIdentity, store } from './pki.ts'

/** Who the API server is to the API servers behind it, which believe it whom it says a request comes from. */
export const FRONT_PROXY = 'front-proxy-client'
const DAY_MS = 24 * 3600 * 1000
/** Made anew this long before its end. */
const RENEW_DAYS = 30

/** The CA whose word others take, and a certificate of it. Not the cluster's CA: whoever has a certificate of that one could say to be anybody. */
export interface FrontProxy {
  readonly ca: string
  readonly client: Identity
}

/** Reads them from the folder of credentials (which `preparePki` has made), making what is missing or about to end. `now`: milliseconds since the epoch. */
export async function prepareFrontProxy(dir: string, now: number): Promise<FrontProxy> {
  const ca = (await readIdentity(dir, 'front-proxy-ca')) ?? (await store(dir, 'front-proxy-ca', await makeAuthority(now, 'front-proxy-ca')))
  const kept = await readIdentity(dir, FRONT_PROXY)
  const usable = kept !== undefined && new x509.X509Certificate(kept.cert).notAfter.getTime() - now > RENEW_DAYS * DAY_MS
  return { ca: ca.cert, client: usable ? kept : await store(dir, FRONT_PROXY, await issue(ca, FRONT_PROXY, [], 'client', now)) }
}
