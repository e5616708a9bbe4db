import type { LimitRange, LimitRangeItem } from '../../../common/kube/generated/core-v1.ts'
import { LimitRanges } from '../../../common/kube/kinds.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../common/kube/quantity.ts'
import { amountOf } from '../../../common/kube/resource-amounts.ts'
import { nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { qualifiedName } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const FIELDS = ['default', 'defaultRequest', 'max', 'maxLimitRequestRatio', 'min'] as const

/** LimitRange: what a container, a pod or a claim of a namespace may ask for, and gets when it asks for nothing. Read by admission. */
export const limitRangeKind = defineKind<LimitRange>({
  resource: LimitRanges,
  shortNames: ['limits'],
  defaults(range) {
    for (const item of (range.spec as LimitRange['spec'] | undefined)?.limits ?? []) if (item.type === 'Container') defaultItem(item)
  },
  validate(range, errors) {
    const types = new Set<string>()
    ;((range.spec as LimitRange['spec'] | undefined)?.limits as LimitRangeItem[] | undefined)?.forEach((item, i) => {
      const at = `spec.limits[${String(i)}]`
      const wrong = item.type === 'Pod' || item.type === 'Container' || item.type === 'PersistentVolumeClaim' ? undefined : qualifiedName((item.type as string | undefined) ?? '')
      if (wrong !== undefined) errors.invalid(`${at}.type`, item.type, wrong)
      if (types.has(item.type)) errors.duplicate(`${at}.type`, item.type)
      types.add(item.type)
      validateItem(item, at, errors)
    })
  },
  columns: [nameColumn, { name: 'Created At', type: 'date', description: 'CreationTimestamp is a timestamp representing the server time when this object was created.', cell: (o) => o.metadata.creationTimestamp }],
})

/** A container's limit is by default the most it may have, its request what its limit is by default, or the least. */
function defaultItem(item: LimitRangeItem): void {
  const limits = { ...item.max, ...item.default }
  const requests = { ...item.min, ...limits, ...item.defaultRequest }
  if (Object.keys(limits).length > 0) item.default = limits
  if (Object.keys(requests).length > 0) item.defaultRequest = requests
}

function validateItem(item: LimitRangeItem, at: string, errors: FieldErrors): void {
  for (const field of FIELDS) {
    for (const [name, text] of Object.entries(item[field] ?? {})) {
      const value = parseQuantity(text)
      if (value === undefined) errors.invalid(`${at}.${field}[${name}]`, text, NOT_A_QUANTITY)
      else if (value < 0) errors.invalid(`${at}.${field}[${name}]`, text, 'must be greater than or equal to 0')
    }
  }
  if (item.type === 'Pod') {
    for (const field of ['default', 'defaultRequest'] as const) if (Object.keys(item[field] ?? {}).length > 0) errors.forbidden(`${at}.${field}`, 'may not be specified when `type` is \'Pod\'')
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) errors.required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided')
  for (const name of new Set(FIELDS.flatMap((field) => Object.keys(item[field] ?? {})))) {
    const [min, max, normal, request, ratio] = [item.min?.[name], item.max?.[name], item.default?.[name], item.defaultRequest?.[name], item.maxLimitRequestRatio?.[name]]
    const above = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && amountOf(a) > amountOf(b)
    if (above(min, max)) errors.invalid(`${at}.min[${name}]`, min, `min value ${min ?? ''} is greater than max value ${max ?? ''}`)
    if (above(min, request)) errors.invalid(`${at}.defaultRequest[${name}]`, request, `min value ${min ?? ''} is greater than default request value ${request ?? ''}`)
    if (above(request, max)) errors.invalid(`${at}.defaultRequest[${name}]`, request, `default request value ${request ?? ''} is greater than max value ${max ?? ''}`)
    if (above(request, normal)) errors.invalid(`${at}.defaultRequest[${name}]`, request, `default request value ${request ?? ''} is greater than default limit value ${normal ?? ''}`)
    if (above(min, normal)) errors.invalid(`${at}.default[${name}]`, normal, `min value ${min ?? ''} is greater than default value ${normal ?? ''}`)
    if (above(normal, max)) errors.invalid(`${at}.default[${name}]`, normal, `default value ${normal ?? ''} is greater than max value ${max ?? ''}`)
    if (ratio !== undefined && amountOf(ratio) < 1) errors.invalid(`${at}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`)
  }
}
