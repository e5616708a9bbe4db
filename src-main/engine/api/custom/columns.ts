import type { CustomResourceColumnDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { Cell, Column } from '../registry/kind.ts'
import { age, ageColumn, nameColumn } from '../table/columns.ts'
import { parseJsonPath } from './json-path.ts'

const TYPES: readonly string[] = ['integer', 'number', 'string', 'boolean', 'date'] satisfies Column['type'][]

/** The columns of `kubectl get` for a custom kind: its name and what it asks for, or its age where it asks for nothing. */
export function columnsOf(definitions: readonly CustomResourceColumnDefinition[] | undefined): Column[] {
  if (definitions === undefined || definitions.length === 0) return [nameColumn, ageColumn]
  return [nameColumn, ...definitions.map(columnOf)]
}

function columnOf({ name, type, format, description = '', priority = 0, jsonPath }: CustomResourceColumnDefinition): Column {
  const path = parseJsonPath(jsonPath)
  // What a date is, is printed as how long ago it was: kubectl shows the text as it is.
  const known = (TYPES.includes(type) ? type : 'string') as Column['type']
  return {
    name, type: known, description, priority: priority > 0 ? 1 : 0, ...(format === 'name' ? { format } : {}),
    cell: (object, now) => cellOf(path.find(object), known, now),
  }
}

/** One value as it is; several with commas between them. What is not of the column's type is not shown. */
function cellOf(found: readonly unknown[], type: Column['type'], now: number): Cell {
  const values = found.filter((value) => value !== undefined && value !== null)
  if (values.length === 0) return null
  if (values.length > 1) return type === 'string' ? values.map(text).join(',') : oneCell(values[0], type, now)
  return oneCell(values[0], type, now)
}

function oneCell(value: unknown, type: Column['type'], now: number): Cell {
  switch (type) {
    case 'integer': return typeof value === 'number' ? Math.trunc(value) : null
    case 'number': return typeof value === 'number' ? value : null
    case 'boolean': return typeof value === 'boolean' ? value : null
    case 'date': return typeof value !== 'string' ? null : Number.isNaN(Date.parse(value)) ? '<invalid>' : age(value, now)
    default: return text(value)
  }
}

function text(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
