import { messageOf } from '../../../../common/errors.ts'
import type { MatchResources, ValidatingAdmissionPolicyBinding } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { Namespaces } from '../../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { groupResourceOf } from '../../../../common/kube/resource.ts'
import type { Activation } from '../../cel/evaluate.ts'
import { plainValue } from '../../custom/rules/values.ts'
import type { Kind, Lookup } from '../../registry/kind.ts'
import { DeniedError } from '../denial.ts'
import { namesOf } from '../expressions/names.ts'
import type { Matched } from '../expressions/names.ts'
import { type Match, type Surroundings, matchedKind } from '../match.ts'
import { type AdmissionRequest, namespaceOf } from '../request.ts'
import { inVersion } from '../versions.ts'
import { type Failure, evaluatePolicy } from './evaluate.ts'
import { paramsOf } from './params.ts'
import type { Policy } from './policy.ts'

/** What policies are asked with. */
export interface PolicyContext extends Surroundings {
  readonly lookup: Pick<Lookup, 'get' | 'list'>
}

type Binding = Readonly<ValidatingAdmissionPolicyBinding>

/** A failure that refuses, and whose. */
interface Denial {
  readonly failure: Failure
  readonly policy: string
  readonly binding: string | undefined
}

const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 }
const INVALID_CODE = 422
const FAILURES = 'validation.policy.admission.k8s.io/validation_failure'
/** A policy about these could lock everybody out. */
const NEVER_ASKED: Readonly<Record<string, readonly string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
}

/** Asks all policies that are bound about a request, warns and writes down as their bindings say. Throws the first refusal. */
export async function checkPolicies(policies: readonly Policy[], request: AdmissionRequest, context: PolicyContext): Promise<void> {
  const { group, plural } = request.kind.resource
  if (NEVER_ASKED[group]?.includes(plural) === true) return
  const [denials, written]: [Denial[], object[]] = [[], []]
  for (const policy of policies) await checkPolicy(policy, request, context, denials, written)
  if (written.length > 0) request.write.annotate?.(FAILURES, JSON.stringify(written))
  if (denials[0] !== undefined) throw refusal(denials[0], request)
}

async function checkPolicy(policy: Policy, request: AdmissionRequest, context: PolicyContext, denials: Denial[], written: object[]): Promise<void> {
  const { definition: { metadata: { name }, spec }, bindings, wrong } = policy
  const misconfigured = (what: string, error: unknown, binding?: string): void => {
    if (spec.failurePolicy !== 'Ignore') denials.push({ failure: { message: `failed to configure ${what}: ${messageOf(error)}`, reason: '', index: undefined }, policy: name, binding })
  }
  let kind: Kind | undefined
  try {
    kind = matchedKind(matchOf(spec.matchConstraints), request, context)
    if (kind !== undefined && wrong !== undefined) throw new Error(wrong)
  } catch (error) {
    return misconfigured('policy', error)
  }
  if (kind === undefined) return
  let matched: Matched | undefined
  for (const binding of bindings) {
    const about = binding.metadata.name
    try {
      if (!bindingMatches(binding, request, context)) continue
      matched ??= await seenAs(kind, request)
      const params = await paramsOf(spec.paramKind, binding.spec.paramRef, namespaceOf(request), context)
      for (const param of params) apply(policy, binding, request, withMore(namesOf(request, matched, context.lookup), param, spec.paramKind !== undefined, request, context), denials, written)
    } catch (error) {
      misconfigured('binding', error, about)
    }
  }
}

function apply(policy: Policy, { metadata: { name: binding }, spec: { validationActions = ['Deny'] } }: Binding, { write }: AdmissionRequest, names: Activation, denials: Denial[], written: object[]): void {
  const { metadata: { name } } = policy.definition
  const { failures, annotations } = evaluatePolicy(policy, names)
  for (const failure of failures) {
    const { message, index } = failure
    if (failure.isAnnotation === true || validationActions.includes('Deny')) denials.push({ failure, policy: name, binding })
    if (failure.isAnnotation === true) continue
    if (validationActions.includes('Warn')) write.warn?.(`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding}': ${message}`)
    if (validationActions.includes('Audit')) written.push({ message, policy: name, binding, expressionIndex: index ?? 0, validationActions })
  }
  for (const [key, value] of Object.entries(annotations)) write.annotate?.(`${name}/${key}`, value)
}

async function seenAs(kind: Kind, request: AdmissionRequest): Promise<Matched> {
  const seen = async (object: Readonly<KubeObject> | undefined): Promise<Readonly<KubeObject> | undefined> => (object === undefined || request.objectKind !== undefined ? object : inVersion(object, request.kind, kind))
  return { kind, object: await seen(request.object), oldObject: await seen(request.oldObject) }
}

function matchOf({ resourceRules = [], excludeResourceRules = [], matchPolicy, namespaceSelector, objectSelector }: MatchResources = {}): Match {
  return { rules: resourceRules, exclude: excludeResourceRules, matchPolicy, namespaceSelector, objectSelector }
}

/** A binding without rules narrows its policy by its selectors only. */
function bindingMatches({ spec: { matchResources } }: Binding, request: AdmissionRequest, context: PolicyContext): boolean {
  if (matchResources === undefined) return true
  const match = matchOf(matchResources)
  const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }]
  return matchedKind(match.rules.length > 0 ? match : { ...match, rules: everything }, request, context) !== undefined
}

/** What policies know beyond webhooks' conditions: their parameter, and the request's namespace. */
function withMore(names: Activation, param: Readonly<KubeObject> | undefined, hasParams: boolean, request: AdmissionRequest, { lookup }: PolicyContext): Activation {
  return {
    get(name) {
      if (name === 'params' && hasParams) return plainValue(param)
      return name === 'namespaceObject' ? plainValue(namespaceObject(request, lookup)) : names.get(name)
    },
  }
}

/** Of a namespace itself, null. */
function namespaceObject({ namespace, kind: { resource } }: AdmissionRequest, lookup: Pick<Lookup, 'get'>): unknown {
  return namespace === '' || groupResourceOf(resource) === groupResourceOf(Namespaces) ? null : lookup.get(Namespaces, '', namespace) ?? null
}

function refusal({ failure, policy, binding }: Denial, { kind: { resource: { group, plural } }, name }: AdmissionRequest): DeniedError {
  const who = binding === undefined ? `ValidatingAdmissionPolicy '${policy}'` : `ValidatingAdmissionPolicy '${policy}' with binding '${binding}'`
  const said = `${who} denied request: ${failure.message}`
  const reason = failure.reason === '' ? 'Invalid' : failure.reason
  return new DeniedError({
    message: `${groupResourceOf({ group, plural })} "${name}" is forbidden: ${said}`, reason, code: CODES[reason] ?? INVALID_CODE,
    details: { name, ...(group === '' ? {} : { group }), kind: plural, causes: [{ message: said }] },
  })
}
