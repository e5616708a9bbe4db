import { DYN, type Type } from '../../cel/types.ts'
import { unescaped } from '../../custom/rules/field-names.ts'
import { QUANTITY, referenceOf, type Schema } from '../../openapi/definitions.ts'
import { type Definitions, definitionOfKind, followed } from '../../openapi/kind-definition.ts'
import type { Kind } from '../../registry/kind.ts'

/**
 * What an expression can know of a kind's objects before there are any: the type that the kind's published definition says. Undefined for a kind that has none. Where a schema leaves something
 * open (int-or-string, unknown fields that are kept, an embedded resource), so does the type.
 */
export function typeOfKind(kind: Kind): Type | undefined {
  const { definitions, root } = definitionOfKind(kind)
  return root === undefined ? undefined : typeOf(root, definitions)
}

function typeOf(schema: Schema, definitions: Definitions): Type {
  const target = followed(schema, definitions)
  if (referenceOf(schema) === QUANTITY || isOpen(target)) return DYN
  switch (target.type) {
    case 'boolean': return { name: 'bool' }
    case 'integer': return { name: 'int' }
    case 'number': return { name: 'double' }
    case 'string': return textType(target)
    case 'array': return { name: 'list', get elem() { return target.items === undefined ? DYN : typeOf(target.items, definitions) } }
    case 'object': return objectType(target, definitions)
    default: return DYN
  }
}

function isOpen(schema: Schema): boolean {
  const { format, 'x-kubernetes-int-or-string': isIntOrString } = schema as Schema & { readonly 'x-kubernetes-int-or-string'?: boolean }
  return format === 'int-or-string' || isIntOrString === true || schema['x-kubernetes-preserve-unknown-fields'] === true || 'x-kubernetes-embedded-resource' in schema
}

function textType({ format }: Schema): Type {
  switch (format) {
    case 'byte': return { name: 'bytes' }
    case 'date':
    case 'date-time': return { name: 'timestamp' }
    case 'duration': return { name: 'duration' }
    default: return { name: 'string' }
  }
}

function objectType({ properties, additionalProperties }: Schema, definitions: Definitions): Type {
  if (properties !== undefined) {
    return {
      name: 'object',
      field(text) {
        const name = unescaped(text)
        const property = Object.hasOwn(properties, name) ? properties[name] : undefined
        return property === undefined ? undefined : typeOf(property, definitions)
      },
    }
  }
  return additionalProperties === undefined ? DYN : { name: 'map', get elem() { return typeOf(additionalProperties, definitions) } }
}
