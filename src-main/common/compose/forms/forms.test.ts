import { describe, expect, test } from 'vitest'
import type { Schema } from '../schema/schema.ts'
import { COMPOSE_SCHEMA, resolveSchema } from '../schema/schema.ts'
import { composeFile } from './file.ts'
import type { Form } from './form.ts'

/** Every way of writing that the schema has of a group of keys, followed down beside the form. */
function differences(form: Form<unknown>, schema: Schema, path: string): string[] {
  const options = (resolveSchema(schema).oneOf ?? [schema]).map(resolveSchema)
  const shape = form.shape
  if (shape.of === 'list') return options.flatMap((option) => (option.items === undefined ? [] : differences(shape.item, option.items, `${path}[]`)))
  const groups = options.filter(({ properties }) => properties !== undefined)
  if (shape.of === 'map') {
    const values = options.flatMap(({ patternProperties = {} }) => Object.entries(patternProperties).filter(([pattern]) => pattern !== '^x-').map(([, value]) => value))
    return values.flatMap((value) => differences(shape.value, value, `${path}.*`))
  }
  if (shape.of === 'leaf') return groups.length > 0 && shape.name !== 'anything' && !path.endsWith('.external') ? [`${path}: a group of keys in the schema`] : []
  const known = Object.keys(shape.fields)
  const said = groups.flatMap(({ properties = {} }) => Object.keys(properties))
  return [
    ...said.filter((key) => !known.includes(key)).map((key) => `${path}.${key}: only in the schema`),
    ...known.filter((key) => !said.includes(key)).map((key) => `${path}.${key}: only in the forms`),
    ...groups.flatMap(({ required = [] }) => required).filter((key) => !shape.required.includes(key)).map((key) => `${path}.${key}: required in the schema`),
    ...groups.flatMap(({ properties = {} }) => Object.entries(properties).flatMap(([key, value]) => (shape.fields[key] === undefined ? [] : differences(shape.fields[key], value, `${path}.${key}`)))),
  ]
}

describe('forms', () => {
  test('there is one for every key of the schema, and none for another', () => {
    expect(Object.keys(COMPOSE_SCHEMA.properties ?? {}).length).toBeGreaterThan(7)
    expect(differences(composeFile, COMPOSE_SCHEMA, '')).toEqual([])
  })
})
