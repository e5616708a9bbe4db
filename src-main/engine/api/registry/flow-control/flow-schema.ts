import type { FlowSchema, FlowSchemaSpec } from '../../../../common/kube/generated/flowcontrol-apiserver-v1.ts'
import { FlowSchemas } from '../../../../common/kube/kinds.ts'
import { same } from '../../rest/same.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import { MANDATORY_FLOWS } from './mandatory.ts'
import { validateRules } from './rules.ts'

const LAST = 10_000
const USUAL = 1000

/** FlowSchema: which requests are of one flow, and at which priority level. */
export const flowSchemaKind = defineKind<FlowSchema>({
  resource: FlowSchemas,
  dataOnly: true,
  hasStatus: true,
  hasGeneration: true,
  defaults({ spec }) {
    if ((spec as FlowSchemaSpec | undefined) !== undefined) spec.matchingPrecedence ??= USUAL
  },
  prepareForCreate(schema) {
    schema.status = {}
  },
  validate({ metadata, spec }, errors) {
    if ((spec as FlowSchemaSpec | undefined) === undefined) return errors.required('spec.priorityLevelConfiguration.name', 'must reference a priority level')
    const { matchingPrecedence: precedence = 0, distinguisherMethod, rules = [] } = spec
    const level = (spec.priorityLevelConfiguration as FlowSchemaSpec['priorityLevelConfiguration'] | undefined)?.name ?? ''
    if (precedence <= 0) errors.invalid('spec.matchingPrecedence', precedence, 'must be a positive value')
    if (precedence > LAST) errors.invalid('spec.matchingPrecedence', precedence, `must not be greater than ${String(LAST)}`)
    if (precedence === 1 && metadata.name !== 'exempt') errors.invalid('spec.matchingPrecedence', precedence, "only the schema named 'exempt' may have matchingPrecedence 1")
    errors.supported('spec.distinguisherMethod.type', distinguisherMethod?.type, ['ByNamespace', 'ByUser'])
    if (level === '') errors.required('spec.priorityLevelConfiguration.name', 'must reference a priority level')
    else errors.check('spec.priorityLevelConfiguration.name', level, dnsSubdomain)
    rules.forEach((rule, i) => validateRules(rule, `spec.rules[${String(i)}]`, errors))
    const fixed = MANDATORY_FLOWS[metadata.name]
    if (fixed !== undefined && !same(spec, fixed)) errors.invalid('spec', spec, `spec of '${metadata.name}' must equal the fixed value`)
  },
  columns: [
    nameColumn,
    { name: 'PriorityLevel', type: 'string', description: 'The priority level of its requests.', cell: (o) => o.spec.priorityLevelConfiguration.name },
    { name: 'MatchingPrecedence', type: 'string', description: 'Of several that match, the one with the lowest number counts.', cell: (o) => o.spec.matchingPrecedence ?? 0 },
    { name: 'DistinguisherMethod', type: 'string', description: 'How its requests are told apart.', cell: (o) => o.spec.distinguisherMethod?.type ?? '<none>' },
    ageColumn,
    { name: 'MissingPL', type: 'string', description: 'Whether its priority level is missing.', cell: (o) => o.status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?' },
  ],
})
