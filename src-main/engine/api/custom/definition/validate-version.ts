import { messageOf } from '../../../../common/errors.ts'
import type { CustomResourceColumnDefinition, CustomResourceDefinitionVersion, CustomResourceSubresourceScale, SelectableField } from '../../../../common/kube/generated/apiextensions-v1.ts'
import { same } from '../../rest/same.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dns1035Label } from '../../validation/names.ts'
import { parseJsonPath } from '../json-path.ts'
import { validateRuleDefinitions } from '../rules/validate-rules.ts'
import { stepsOf } from '../scale.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { fieldOf, keepsUnknown } from '../schema/json-schema.ts'
import { validateDefaults } from '../schema/structural-defaults.ts'
import { validateStructural } from '../schema/structural.ts'

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const COLUMN_FORMATS = ['int32', 'int64', 'float', 'double', 'byte', 'date', 'date-time', 'password']
const MOST_SELECTABLE = 8
/** Bytes, though upstream calls them characters. */
const LONGEST_WARNING = 256
/** As Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the plain space are printable. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** Checks one version of a definition. `old`: the same version as it is, whose schema is not looked at again where it stays. */
export function validateVersion(version: CustomResourceDefinitionVersion, path: string, errors: FieldErrors, old: Readonly<CustomResourceDefinitionVersion> | undefined): void {
  errors.check(`${path}.name`, version.name, dns1035Label)
  if (version.deprecationWarning !== undefined) validateWarning(version.deprecationWarning, version.deprecated === true, `${path}.deprecationWarning`, errors)
  const schema = version.schema?.openAPIV3Schema as JsonSchema | undefined
  if (schema === undefined) errors.required(`${path}.schema.openAPIV3Schema`, 'schemas are required')
  else if (!same(schema, old?.schema?.openAPIV3Schema)) validateSchema(schema, `${path}.schema.openAPIV3Schema`, errors)
  version.additionalPrinterColumns?.forEach((column, i) => validateColumn(column, `${path}.additionalPrinterColumns[${String(i)}]`, errors))
  if (version.subresources?.scale !== undefined) validateScale(version.subresources.scale, `${path}.subresources.scale`, errors)
  validateSelectable(version.selectableFields ?? [], schema, `${path}.selectableFields`, errors)
}

/** It goes into a header of each answer. */
function validateWarning(warning: string, deprecated: boolean, path: string, errors: FieldErrors): void {
  if (!deprecated) errors.invalid(path, warning, 'can only be set for deprecated versions')
  if (Buffer.byteLength(warning) > LONGEST_WARNING) errors.invalid(path, warning, `must be <= ${String(LONGEST_WARNING)} characters long`)
  if (warning === '') errors.invalid(path, warning, 'must not be an empty string')
  const unprintable = UNPRINTABLE.exec(warning)
  if (unprintable !== null) errors.invalid(path, warning, `must only contain printable UTF-8 characters; non-printable character found at index ${String(Buffer.byteLength(warning.slice(0, unprintable.index)))}`)
}

function validateSchema(schema: JsonSchema, path: string, errors: FieldErrors): void {
  const before = errors.causes.length
  validateStructural(schema, path, errors)
  // What is not structural cannot be walked further.
  if (errors.causes.length > before) return
  validateDefaults(schema, path, errors)
  validateRuleDefinitions(schema, path, errors)
}

function validateColumn({ name, type, format, jsonPath }: CustomResourceColumnDefinition, path: string, errors: FieldErrors): void {
  if (!name) errors.required(`${path}.name`)
  if (!type) errors.required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`)
  else if (!COLUMN_TYPES.includes(type)) errors.invalid(`${path}.type`, type, `must be one of ${COLUMN_TYPES.join(',')}`)
  if (format && !COLUMN_FORMATS.includes(format)) errors.invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`)
  if (!jsonPath) return errors.required(`${path}.jsonPath`)
  try {
    parseJsonPath(jsonPath)
  } catch (error) {
    errors.invalid(`${path}.jsonPath`, jsonPath, `is an invalid path: ${messageOf(error)}`)
  }
}

function validateScale(scale: CustomResourceSubresourceScale, path: string, errors: FieldErrors): void {
  const under = (field: 'specReplicasPath' | 'statusReplicasPath' | 'labelSelectorPath', roots: readonly string[]): void => {
    const value = scale[field]
    if (!value) {
      if (field !== 'labelSelectorPath') errors.required(`${path}.${field}`)
      return
    }
    if (!/^(\.[a-zA-Z_][\w-]*)+$/.test(value)) errors.invalid(`${path}.${field}`, value, 'should be a simple json path without array notation')
    else if (!roots.includes(value.split('.')[1] ?? '')) errors.invalid(`${path}.${field}`, value, `should be a json path under ${roots.map((root) => `.${root}`).join(' or ')}`)
  }
  under('specReplicasPath', ['spec'])
  under('statusReplicasPath', ['status'])
  under('labelSelectorPath', ['status', 'spec'])
}

function validateSelectable(fields: readonly SelectableField[], schema: JsonSchema | undefined, path: string, errors: FieldErrors): void {
  if (fields.length > MOST_SELECTABLE) errors.tooMany(path, fields.length, MOST_SELECTABLE)
  const seen = new Set<string>()
  fields.forEach(({ jsonPath }, i) => {
    const at = `${path}[${String(i)}].jsonPath`
    if (!jsonPath) return errors.required(at)
    if (seen.has(jsonPath)) errors.duplicate(at, jsonPath)
    seen.add(jsonPath)
    if (!/^(\.[a-zA-Z_][\w-]*)+$/.test(jsonPath)) return errors.invalid(at, jsonPath, 'is an invalid path: must be a simple path of fields, such as .spec.color')
    if (jsonPath === '.metadata' || jsonPath.startsWith('.metadata.')) return errors.invalid(at, jsonPath, 'must not point to fields in metadata')
    let place = schema
    for (const step of stepsOf(jsonPath)) {
      if (place !== undefined && keepsUnknown(place) && fieldOf(place, step) === undefined) break
      place = fieldOf(place, step)
    }
    if (place === undefined) errors.invalid(at, jsonPath, 'does not refer to a valid field')
    else if (!['string', 'boolean', 'integer'].includes(place.type ?? '')) errors.invalid(at, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.')
  })
}
