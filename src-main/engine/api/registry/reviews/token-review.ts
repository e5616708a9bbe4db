import type { TokenReview } from '../../../../common/kube/generated/authentication-v1.ts'
import { ISSUER } from '../../authentication/service-account-tokens.ts'
import { defineKind } from '../kind.ts'

/** TokenReview: whose token is this? Asked by programs that are shown one (webhooks, proxies). */
export const tokenReviewKind = defineKind<TokenReview>({
  resource: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenReview', plural: 'tokenreviews', namespaced: false }, columns: [],
  async answer(question, { tokens }) {
    const { token = '', audiences = [] } = question.spec as TokenReview['spec'] | undefined ?? {}
    // The token is not said again.
    const shown: TokenReview = { ...question, spec: audiences.length === 0 ? {} : { audiences } }
    const owner = await tokens.check(token, audiences.length === 0 ? [ISSUER] : audiences)
    if (owner === undefined) return { ...shown, status: { authenticated: false, user: {}, error: 'the token is not one of this cluster, not valid any more, or for another audience' } }
    const { user, uid, groups, extra } = owner.caller
    return {
      ...shown,
      status: { authenticated: true, audiences: [...owner.audiences], user: { username: user, ...(uid === undefined ? {} : { uid }), groups: [...groups], ...(extra === undefined ? {} : { extra: structuredClone(extra) as Record<string, string[]> }) } },
    }
  },
})
