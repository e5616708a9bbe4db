import { badRequest, invalid } from '../../../../common/errors.ts'
import type { LocalSubjectAccessReview, NonResourceAttributes, ResourceAttributes, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview, SubjectAccessReviewStatus } from '../../../../common/kube/generated/authorization-v1.ts'
import type { PolicyRule } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import type { Attributes } from '../../authorization/attributes.ts'
import { Rbac } from '../../authorization/rbac.ts'
import type { Caller } from '../../rest/core.ts'
import { FieldErrors } from '../../validation/field-errors.ts'
import { defineKind } from '../kind.ts'
import type { Kind, Lookup } from '../kind.ts'

const GROUP = 'authorization.k8s.io'

interface Asked {
  resourceAttributes?: ResourceAttributes
  nonResourceAttributes?: NonResourceAttributes
}

function review<T extends KubeObject>(kind: T['kind'] & string, plural: string, namespaced = false): Resource<T> {
  return { group: GROUP, version: 'v1', kind, plural, namespaced }
}

/** What is asked: one of the two, as attributes of a request. `*` and '' mean all, as in rules. */
function attributesOf(kind: string, spec: Asked, caller: Caller): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  const errors = new FieldErrors()
  if (resource !== undefined && path !== undefined) errors.invalid('spec.nonResourceAttributes', path, 'cannot be specified in combination with resourceAttributes')
  if (resource === undefined && path === undefined) errors.invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')
  if (errors.causes.length > 0) throw invalid(GROUP, kind, '', errors.causes)
  if (resource === undefined) return { caller, verb: path?.verb ?? '', path: path?.path ?? '' }
  const { verb = '', group = '', resource: plural = '', subresource = '', namespace = '', name = '' } = resource
  return { caller, verb, resource: { group, resource: subresource === '' ? plural : `${plural}/${subresource}`, namespace, name } }
}

function statusOf(lookup: Lookup, attributes: Attributes): SubjectAccessReviewStatus {
  const { allowed, reason } = new Rbac(lookup).authorize(attributes)
  return { allowed, ...(reason === '' ? {} : { reason }) }
}

function subjectOf(kind: string, { user = '', groups = [] }: SubjectAccessReview['spec']): Caller {
  if (user !== '' || groups.length > 0) return { user, groups }
  const errors = new FieldErrors()
  errors.invalid('spec.user', user, 'at least one of user or group must be specified')
  throw invalid(GROUP, kind, '', errors.causes)
}

const selfAccess = defineKind<SelfSubjectAccessReview>({
  resource: review<SelfSubjectAccessReview>('SelfSubjectAccessReview', 'selfsubjectaccessreviews'), columns: [],
  answer: (question, { caller, lookup }) => ({ ...question, status: statusOf(lookup, attributesOf(question.kind, question.spec as Asked | undefined ?? {}, caller)) }),
})

const access = defineKind<SubjectAccessReview>({
  resource: review<SubjectAccessReview>('SubjectAccessReview', 'subjectaccessreviews'), columns: [],
  answer(question, { lookup }) {
    const spec = question.spec as SubjectAccessReview['spec'] | undefined ?? {}
    return { ...question, status: statusOf(lookup, attributesOf(question.kind, spec, subjectOf(question.kind, spec))) }
  },
})

const localAccess = defineKind<LocalSubjectAccessReview>({
  resource: review<LocalSubjectAccessReview>('LocalSubjectAccessReview', 'localsubjectaccessreviews', true), columns: [],
  answer(question, { lookup, namespace }) {
    const spec = question.spec as SubjectAccessReview['spec'] | undefined ?? {}
    if (spec.resourceAttributes?.namespace !== namespace) throw badRequest('spec.resourceAttributes.namespace must match metadata.namespace')
    return { ...question, status: statusOf(lookup, attributesOf(question.kind, spec, subjectOf(question.kind, spec))) }
  },
})

const selfRules = defineKind<SelfSubjectRulesReview>({
  resource: review<SelfSubjectRulesReview>('SelfSubjectRulesReview', 'selfsubjectrulesreviews'), columns: [],
  answer(question, { caller, lookup }) {
    const rules = new Rbac(lookup).rulesOf(caller, (question.spec as { namespace?: string } | undefined)?.namespace ?? '')
    return { ...question, status: { incomplete: false, resourceRules: rules.filter(isOfResources).map(resourceRule), nonResourceRules: rules.filter((rule) => !isOfResources(rule)).map(pathRule) } }
  },
})

const isOfResources = ({ nonResourceURLs = [] }: Readonly<PolicyRule>): boolean => nonResourceURLs.length === 0
const resourceRule = ({ nonResourceURLs: _, ...rule }: Readonly<PolicyRule>): PolicyRule => rule
const pathRule = ({ verbs, nonResourceURLs = [] }: Readonly<PolicyRule>): { verbs: string[]; nonResourceURLs: string[] } => ({ verbs, nonResourceURLs })

/** "May I?", "may they?", "what may I?": authorization.k8s.io/v1. `kubectl auth can-i` asks them. */
export const accessReviewKinds: readonly Kind[] = [selfAccess, access, localAccess, selfRules]
