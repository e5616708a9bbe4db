import type { SelfSubjectReview } from '../../../../common/kube/generated/authentication-v1.ts'
import { defineKind } from '../kind.ts'

/** SelfSubjectReview: who the API takes the caller for. `kubectl auth whoami` asks it. */
export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  resource: { group: 'authentication.k8s.io', version: 'v1', kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', namespaced: false }, columns: [],
  answer(question, { caller: { user, uid, groups, extra } }) {
    return { ...question, status: { userInfo: { username: user, ...(uid === undefined ? {} : { uid }), groups: [...groups], ...(extra === undefined ? {} : { extra: structuredClone(extra) as Record<string, string[]> }) } } }
  },
})
