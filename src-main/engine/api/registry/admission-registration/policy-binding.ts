import type { ParamRef, ValidatingAdmissionPolicyBinding, ValidatingAdmissionPolicyBindingSpec } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { ValidatingAdmissionPolicyBindings } from '../../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateSelector } from '../../validation/metadata.ts'
import { dnsSubdomain, pathSegment } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import { defaultMatch, validateMatch } from './match-resources.ts'

const ACTIONS = ['Audit', 'Deny', 'Warn']

/** ValidatingAdmissionPolicyBinding: where a policy holds, with which parameters, and what follows. */
export const admissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  resource: ValidatingAdmissionPolicyBindings,
  categories: ['api-extensions'],
  hasGeneration: true,
  defaults({ spec }) {
    defaultMatch((spec as ValidatingAdmissionPolicyBindingSpec | undefined)?.matchResources)
  },
  validate(binding, errors) {
    const { policyName = '', paramRef, matchResources, validationActions = [] } = (binding.spec as ValidatingAdmissionPolicyBindingSpec | undefined) ?? {}
    if (policyName === '') errors.required('spec.policyName')
    else errors.check('spec.policyName', policyName, dnsSubdomain)
    if (paramRef !== undefined) validateParamRef(paramRef, errors)
    if (matchResources !== undefined) validateMatch(matchResources, 'spec.matchResources', errors)
    validateActions(validationActions, errors)
  },
  columns: [
    nameColumn,
    { name: 'PolicyName', type: 'string', description: 'The policy.', cell: (o) => o.spec.policyName ?? '' },
    { name: 'ParamRef', type: 'string', description: 'Its parameters.', cell: ({ spec: { paramRef } }) => paramText(paramRef) },
    ageColumn,
  ],
})

function validateActions(actions: readonly string[], errors: FieldErrors): void {
  if (actions.length === 0) errors.required('spec.validationActions')
  actions.forEach((action, i) => {
    const at = `spec.validationActions[${String(i)}]`
    errors.supported(at, action, ACTIONS)
    if (actions.indexOf(action) !== i) errors.duplicate(at, action)
  })
  if (actions.includes('Deny') && actions.includes('Warn')) {
    errors.invalid('spec.validationActions', actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)')
  }
}

function validateParamRef({ name, selector, parameterNotFoundAction }: ParamRef, errors: FieldErrors): void {
  const path = 'spec.paramRef'
  if (name) {
    errors.check(`${path}.name`, name, pathSegment)
    if (selector !== undefined) errors.forbidden(`${path}.name`, 'name and selector are mutually exclusive')
  } else if (selector === undefined) errors.required(path, 'one of name or selector must be specified')
  validateSelector(selector, `${path}.selector`, errors, false)
  errors.oneOf(`${path}.parameterNotFoundAction`, parameterNotFoundAction, ['Allow', 'Deny'])
}

function paramText(ref: ParamRef | undefined): string {
  if (ref === undefined) return '<unset>'
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name
  return ref.selector === undefined ? '<unset>' : '<selector>'
}
