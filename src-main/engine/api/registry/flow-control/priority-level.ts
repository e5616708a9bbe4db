import type { LimitedPriorityLevelConfiguration, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, QueuingConfiguration } from '../../../../common/kube/generated/flowcontrol-apiserver-v1.ts'
import { PriorityLevelConfigurations } from '../../../../common/kube/kinds.ts'
import { same } from '../../rest/same.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { defineKind } from '../kind.ts'
import type { Column } from '../kind.ts'
import { MANDATORY_LEVELS } from './mandatory.ts'

const MOST_QUEUES = 10_000_000
/** Bits of the hash that deals requests to queues. */
const HASH_BITS = 60
const WHOLE = 'must be a non-negative integer'

/** PriorityLevelConfiguration: how many requests of a level are served at a time, and what becomes of more. */
export const priorityLevelKind = defineKind<PriorityLevelConfiguration>({
  resource: PriorityLevelConfigurations,
  dataOnly: true,
  hasStatus: true,
  hasGeneration: true,
  defaults({ spec }) {
    if ((spec as PriorityLevelConfigurationSpec | undefined) === undefined) return
    if (spec.type === 'Exempt') spec.exempt ??= {}
    for (const [part, shares] of [[spec.exempt, 0], [spec.limited, 30]] as const) {
      if (part === undefined) continue
      part.nominalConcurrencyShares ??= shares
      part.lendablePercent ??= 0
    }
    const queuing = spec.limited?.limitResponse?.queuing
    if (queuing === undefined) return
    queuing.handSize ??= 8
    queuing.queues ??= 64
    queuing.queueLengthLimit ??= 50
  },
  prepareForCreate(level) {
    level.status = {}
  },
  validate({ metadata, spec }, errors) {
    if ((spec as PriorityLevelConfigurationSpec | undefined) === undefined) return errors.notSupported('spec.type', '', ['Exempt', 'Limited'])
    if ((metadata.name === 'exempt') !== (spec.type === 'Exempt')) errors.invalid('spec.type', spec.type, "type must be 'Exempt' if and only if `name` is 'exempt'")
    validateSpec(spec, errors)
    const fixed = MANDATORY_LEVELS[metadata.name]
    // The shares of the exempt level are the administrator's to set.
    if (fixed !== undefined && !same({ ...spec, exempt: undefined }, { ...fixed, exempt: undefined })) errors.invalid('spec', spec, `spec of '${metadata.name}' must equal the fixed value`)
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', description: 'Whether its requests are limited.', cell: (o) => o.spec.type },
    { name: 'NominalConcurrencyShares', type: 'string', description: 'Its share of the requests that are served at a time.', cell: (o) => o.spec.limited?.nominalConcurrencyShares ?? o.spec.exempt?.nominalConcurrencyShares ?? '<none>' },
    queuingColumn('Queues', 'How many queues it has.', 'queues'),
    queuingColumn('HandSize', 'How many queues a flow is dealt.', 'handSize'),
    queuingColumn('QueueLengthLimit', 'How many requests may wait in a queue.', 'queueLengthLimit'),
    ageColumn,
  ],
})

function queuingColumn(name: string, description: string, field: keyof QueuingConfiguration): Column<PriorityLevelConfiguration> {
  return { name, type: 'string', description, cell: (o) => o.spec.limited?.limitResponse?.queuing?.[field] ?? '<none>' }
}

function validateSpec({ type, exempt, limited }: PriorityLevelConfigurationSpec, errors: FieldErrors): void {
  if (type === 'Exempt') {
    if (limited !== undefined) errors.forbidden('spec.limited', 'must be nil if the type is not Limited')
    if (exempt === undefined) return errors.required('spec.exempt', 'must be non-empty if the type is Exempt')
    return validateShares(exempt, 'spec.exempt', errors)
  }
  if (type !== 'Limited') return errors.notSupported('spec.type', type, ['Exempt', 'Limited'])
  if (exempt !== undefined) errors.forbidden('spec.exempt', 'must be nil if the type is Limited')
  if (limited === undefined) errors.required('spec.limited', 'must not be empty when type is Limited')
  else validateLimited(limited, errors)
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, errors: FieldErrors): void {
  validateShares(limited, 'spec.limited', errors)
  const { borrowingLimitPercent: borrowing, limitResponse } = limited
  if (borrowing !== undefined && borrowing < 0) errors.invalid('spec.limited.borrowingLimitPercent', borrowing, `if specified, ${WHOLE}`)
  const path = 'spec.limited.limitResponse'
  const { type = '', queuing } = limitResponse ?? {}
  if (type === 'Reject') {
    if (queuing !== undefined) errors.forbidden(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')
  } else if (type !== 'Queue') errors.notSupported(`${path}.type`, type, ['Queue', 'Reject'])
  else if (queuing === undefined) errors.required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')
  else validateQueuing(queuing, `${path}.queuing`, errors)
}

function validateShares({ nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 }: { nominalConcurrencyShares?: number; lendablePercent?: number }, path: string, errors: FieldErrors): void {
  if (shares < 0) errors.invalid(`${path}.nominalConcurrencyShares`, shares, WHOLE)
  if (lendable < 0 || lendable > 100) errors.invalid(`${path}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive')
}

function validateQueuing({ queueLengthLimit = 0, queues = 0, handSize = 0 }: QueuingConfiguration, path: string, errors: FieldErrors): void {
  if (queueLengthLimit <= 0) errors.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')
  if (queues <= 0) errors.invalid(`${path}.queues`, queues, 'must be positive')
  else if (queues > MOST_QUEUES) errors.invalid(`${path}.queues`, queues, `must not be greater than ${String(MOST_QUEUES)}`)
  if (handSize <= 0) errors.invalid(`${path}.handSize`, handSize, 'must be positive')
  else if (handSize > queues) errors.invalid(`${path}.handSize`, handSize, `should not be greater than queues (${String(queues)})`)
  else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS) {
    errors.invalid(`${path}.handSize`, handSize, `required entropy bits of deckSize ${String(queues)} and handSize ${String(handSize)} should not be greater than ${String(HASH_BITS)}`)
  }
}
