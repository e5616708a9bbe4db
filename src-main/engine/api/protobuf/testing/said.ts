import { isMap } from '../../../../common/json.ts'
import { messageOf, messageOfKind } from '../messages.ts'
import { OWN_FORMS } from '../own-forms.ts'

const SCALARS = new Set(['string', 'int', 'bool', 'double', 'bytes'])

/** An object as Go would say it: without what is empty and not said. */
export function said(object: { apiVersion: string; kind: string }): Record<string, unknown> {
  const { apiVersion, kind } = object
  return { apiVersion, kind, ...fieldsOf(object as unknown as Record<string, unknown>, messageOfKind(apiVersion, kind) ?? '') }
}

function fieldsOf(object: Record<string, unknown>, message: string): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const field of messageOf(message).values()) {
    if (field.inlined) {
      Object.assign(kept, fieldsOf(object, field.type))
      continue
    }
    const value = object[field.name]
    if (value === undefined) continue
    const one = (each: unknown): unknown => (isMap(each) && !SCALARS.has(field.type) && OWN_FORMS[field.type] === undefined ? fieldsOf(each, field.type) : each)
    if (field.shape === 'list') {
      if ((value as unknown[]).length > 0) kept[field.name] = (value as unknown[]).map(one)
    } else if (field.shape === 'map') {
      if (Object.keys(value as object).length > 0) kept[field.name] = Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, one(each)]))
    } else if (field.keepZero || (value !== '' && value !== 0 && value !== false)) kept[field.name] = one(value)
  }
  return kept
}
