import type { ParamKind, ValidatingAdmissionPolicy, ValidatingAdmissionPolicySpec, ValidatingAdmissionPolicyStatus } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { ValidatingAdmissionPolicies } from '../../../../common/kube/kinds.ts'
import { checkExpression, policyNames } from '../../admission/expressions/declared.ts'
import { expressionWarnings } from '../../admission/policies/type-check.ts'
import type { Declared } from '../../cel/check.ts'
import type { Type } from '../../cel/types.ts'
import { same } from '../../rest/same.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { defineKind, type Kinds } from '../kind.ts'
import { validateConditions } from './conditions.ts'
import { defaultMatch, validateMatch } from './match-resources.ts'

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized']
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/

/** ValidatingAdmissionPolicy: what must be so of what is written, in CEL. */
export const admissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  resource: ValidatingAdmissionPolicies,
  categories: ['api-extensions'],
  hasStatus: true,
  hasGeneration: true,
  defaults({ spec }) {
    if ((spec as ValidatingAdmissionPolicySpec | undefined) === undefined) return
    spec.failurePolicy ??= 'Fail'
    defaultMatch(spec.matchConstraints)
  },
  prepareForCreate(policy, _lookup, _caller, kinds) {
    policy.status = statusAt(1, policy, kinds)
  },
  prepareForUpdate(policy, old, _lookup, kinds) {
    if (!same(policy.spec, old.spec)) policy.status = { ...policy.status, ...statusAt((old.metadata.generation ?? 0) + 1, policy, kinds) }
  },
  validate(policy, errors) {
    const spec = (policy.spec as ValidatingAdmissionPolicySpec | undefined) ?? {}
    errors.oneOf('spec.failurePolicy', spec.failurePolicy, ['Fail', 'Ignore'])
    if (spec.paramKind !== undefined) validateParamKind(spec.paramKind, errors)
    if (spec.matchConstraints === undefined) errors.required('spec.matchConstraints')
    else {
      validateMatch(spec.matchConstraints, 'spec.matchConstraints', errors)
      if ((spec.matchConstraints.resourceRules ?? []).length === 0) errors.required('spec.matchConstraints.resourceRules')
    }
    const names = validateVariables(spec, errors)
    validateConditions(spec.matchConditions, names, 'spec.matchConditions', errors)
    validateExpressions(spec, names, errors)
  },
  columns: [
    nameColumn,
    { name: 'Validations', type: 'integer', description: 'How many validations the policy has.', cell: (o) => o.spec.validations?.length ?? 0 },
    { name: 'ParamKind', type: 'string', description: 'The kind of its parameters.', cell: ({ spec: { paramKind } }) => (paramKind === undefined ? '<unset>' : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`) },
    ageColumn,
  ],
})

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, errors: FieldErrors): void {
  if (apiVersion === '') errors.required('spec.paramKind.apiVersion')
  else if (apiVersion.split('/').length > 2) errors.invalid('spec.paramKind.apiVersion', apiVersion, `unexpected GroupVersion string: ${apiVersion}`)
  if (kind === '') errors.required('spec.paramKind.kind')
}

/** Expressions are checked when they are written, so the check of a generation is over as soon as it is there. As upstream, a kind that comes later changes nothing. */
function statusAt(observedGeneration: number, { spec }: ValidatingAdmissionPolicy, kinds: Kinds): ValidatingAdmissionPolicyStatus {
  const warnings = expressionWarnings((spec as ValidatingAdmissionPolicySpec | undefined) ?? {}, kinds)
  return { observedGeneration, typeChecking: warnings.length === 0 ? {} : { expressionWarnings: warnings } }
}

/** Checks the variables, each of which may use those before it. Returns the names that all other expressions may use. */
function validateVariables({ variables = [], paramKind }: ValidatingAdmissionPolicySpec, errors: FieldErrors): Declared {
  const types = new Map<string, Type>()
  const declared = policyNames(paramKind !== undefined, types)
  variables.forEach(({ name = '', expression = '' }, i) => {
    const at = `spec.variables[${String(i)}]`
    if (name.trim() === '') errors.required(`${at}.name`, 'name is not specified')
    else if (!IDENTIFIER.test(name)) errors.invalid(`${at}.name`, name, 'name is not a valid CEL identifier')
    else if (types.has(name)) errors.duplicate(`${at}.name`, name)
    if (expression.trim() === '') errors.required(`${at}.expression`, 'expression is not specified')
    else types.set(name, checkExpression(expression, declared, [], `${at}.expression`, errors))
  })
  return declared
}

function validateExpressions({ validations = [], auditAnnotations = [] }: ValidatingAdmissionPolicySpec, names: Declared, errors: FieldErrors): void {
  if (validations.length === 0 && auditAnnotations.length === 0) {
    for (const field of ['validations', 'auditAnnotations']) errors.required(`spec.${field}`, 'validations or auditAnnotations must contain at least one item')
  }
  validations.forEach(({ expression = '', message, messageExpression, reason }, i) => {
    const at = `spec.validations[${String(i)}]`
    if (expression.trim() === '') errors.required(`${at}.expression`, 'expression is not specified')
    else checkExpression(expression, names, ['bool'], `${at}.expression`, errors)
    if (messageExpression !== undefined && messageExpression.trim() === '') errors.invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified')
    else if (messageExpression !== undefined) checkExpression(messageExpression, names, ['string'], `${at}.messageExpression`, errors)
    if (message !== undefined && message !== '' && message.trim() === '') errors.invalid(`${at}.message`, message, 'message must be non-empty if specified')
    if (message?.trim().includes('\n') === true) errors.invalid(`${at}.message`, message, 'message must not contain line breaks')
    errors.supported(`${at}.reason`, reason, REASONS)
  })
  const keys = new Set<string>()
  auditAnnotations.forEach(({ key = '', valueExpression = '' }, i) => {
    const at = `spec.auditAnnotations[${String(i)}]`
    const wrong = key === '' ? undefined : qualifiedName(key)
    if (key === '') errors.required(`${at}.key`)
    else if (wrong !== undefined) errors.invalid(`${at}.key`, key, wrong)
    else if (keys.has(key)) errors.duplicate(`${at}.key`, key)
    if (valueExpression.trim() === '') errors.required(`${at}.valueExpression`, 'valueExpression is not specified')
    else checkExpression(valueExpression, names, ['string', 'null'], `${at}.valueExpression`, errors)
    keys.add(key)
  })
}
