import { ISSUER } from './service-account-tokens.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

const KEYS = '/openid/v1/jwks'

/** What others need to check tokens by themselves (OpenID Connect Discovery 1.0): who issues them, and the keys. Undefined for any other path. */
export function issuerDocument(tokens: Pick<ServiceAccountTokens, 'keys'>, path: string): { body: object; type: string } | undefined {
  if (path === KEYS) return { body: tokens.keys, type: 'application/jwk-set+json' }
  if (path !== '/.well-known/openid-configuration') return undefined
  return {
    body: { issuer: ISSUER, jwks_uri: `${ISSUER}${KEYS}`, response_types_supported: ['id_token'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'] },
    type: 'application/json',
  }
}
