import { badRequest, messageOf } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { type Requirement, matchesAll, parseSelector } from '../../../common/kube/labels.ts'
import type { Kind } from '../registry/kind.ts'
import { labelValue, qualifiedName } from '../validation/names.ts'

interface FieldTerm {
  field: string
  value: string
  equal: boolean
}

/** Which objects of a kind a list or watch wants. */
export interface Selection {
  /** Wants everything. */
  readonly all: boolean
  /** Set when only an object of this name can match. */
  readonly name: string | undefined
  matches(object: KubeObject): boolean
}

/** Reads selector strings, or throws BadRequest saying what cannot be read. `namespace` '' means all. */
export function selectionOf(kind: Kind, labelSelector: string | undefined, fieldSelector: string | undefined): Selection {
  const labels = readLabels(labelSelector ?? '')
  const fields = readFields(kind, fieldSelector ?? '')
  const name = fields.find((t) => t.field === 'metadata.name' && t.equal)?.value
  return {
    all: labels.length === 0 && fields.length === 0,
    name,
    matches: (object) => matchesAll(object.metadata.labels, labels) && fields.every((t) => (fieldOf(kind, object, t.field) === t.value) === t.equal),
  }
}

/**
 * What to ask the store for, and what to select of that once it is converted: fields have the names of the version that is asked for, which are not those of what is stored where a webhook
 * converts. `selection`: undefined where there is nothing left to select.
 */
export function fieldsAfter<T extends { fieldSelector?: string }>(kind: Kind, request: T): { asked: T; selection: Selection | undefined } {
  const { fieldSelector = '', ...rest } = request
  if (kind.coding?.byWebhook !== true || readFields(kind, fieldSelector).every(({ field }) => field.startsWith('metadata.'))) return { asked: request, selection: undefined }
  return { asked: rest as T, selection: selectionOf(kind, undefined, fieldSelector) }
}

function readLabels(text: string): Requirement[] {
  let requirements: Requirement[]
  try {
    requirements = parseSelector(text)
  } catch (error) {
    throw badRequest(messageOf(error))
  }
  for (const { key, values } of requirements) {
    const badKey = qualifiedName(key)
    if (badKey !== undefined) throw badRequest(`unable to parse requirement: <nil>: Invalid value: "${key}": ${badKey}`)
    for (const value of values) {
      const bad = labelValue(value)
      if (bad !== undefined) throw badRequest(`unable to parse requirement: values[0][${key}]: Invalid value: "${value}": ${bad}`)
    }
  }
  return requirements
}

function readFields(kind: Kind, text: string): FieldTerm[] {
  return text.split(',').map((t) => t.trim()).filter((t) => t !== '').map((term) => {
    const m = /^(.*?)(!=|==|=)(.*)$/.exec(term)
    const field = m?.[1] ?? ''
    if (m === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    const known = field === 'metadata.name' || field === 'metadata.namespace' || kind.selectableFields?.includes(field) === true
    if (!known) throw badRequest(`field label not supported: ${field}`)
    return { field, value: m[3] ?? '', equal: m[2] !== '!=' }
  })
}

function fieldOf(kind: Kind, object: KubeObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name
  if (field === 'metadata.namespace') return object.metadata.namespace ?? ''
  return kind.selectableField?.(object, field) ?? ''
}
