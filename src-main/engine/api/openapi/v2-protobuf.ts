import protobuf from 'protobufjs'
import type { Schema } from './definitions.ts'
import { V2_HEAD } from './v2.ts'
import type { V2Operation, V2Parameter, V2Paths } from './v2.ts'

// The fields of gnostic's OpenAPI v2 messages that the document uses, with their public numbers. Of a message in which everything is repeated, pieces put one after the
// other are the message of all that is in them; so the document takes its paths and definitions as bytes.
const MESSAGES = `
  syntax = "proto3";
  message Document { string swagger = 1; Info info = 2; bytes paths = 8; bytes definitions = 9; }
  message Info { string title = 1; string version = 2; }
  message Paths { repeated NamedPathItem path = 2; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message PathItem { Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation patch = 8; }
  message Operation {
    string description = 3; string operation_id = 5; repeated string produces = 6; repeated string consumes = 7;
    repeated ParametersItem parameters = 8; Responses responses = 9; repeated NamedAny vendor_extension = 13;
  }
  message ParametersItem { Parameter parameter = 1; }
  message Parameter { BodyParameter body_parameter = 1; NonBodyParameter non_body_parameter = 2; }
  message BodyParameter { string description = 1; string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
  message NonBodyParameter { QueryParameter query_parameter_sub_schema = 3; PathParameter path_parameter_sub_schema = 4; }
  message QueryParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 6; bool unique_items = 20; }
  message PathParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 5; bool unique_items = 19; }
  message Responses { repeated NamedResponseValue response_code = 1; }
  message NamedResponseValue { string name = 1; ResponseValue value = 2; }
  message ResponseValue { Response response = 1; }
  message Response { string description = 1; SchemaItem schema = 2; }
  message SchemaItem { Schema schema = 1; }
  message Definitions { repeated NamedSchema additional_properties = 1; }
  message NamedSchema { string name = 1; Schema value = 2; }
  message Schema {
    string _ref = 1; string format = 2; string description = 4; repeated string required = 19; AdditionalPropertiesItem additional_properties = 21;
    TypeItem type = 22; ItemsItem items = 23; Properties properties = 25; repeated NamedAny vendor_extension = 31;
  }
  message AdditionalPropertiesItem { Schema schema = 1; }
  message TypeItem { repeated string value = 1; }
  message ItemsItem { repeated Schema schema = 1; }
  message Properties { repeated NamedSchema additional_properties = 1; }
  message NamedAny { string name = 1; Any value = 2; }
  message Any { string yaml = 2; }
`

let messages: protobuf.Root | undefined

function encoded(name: string, message: object): Uint8Array {
  messages ??= protobuf.parse(MESSAGES, { keepCase: true }).root
  return messages.lookupType(name).encode(message as unknown as protobuf.Message).finish()
}

/** Paths as a piece of the document's, in protobuf. */
export function encodePaths(paths: V2Paths): Uint8Array {
  return encoded('Paths', {
    path: Object.entries(paths).map(([name, item]) => ({ name, value: Object.fromEntries(Object.entries(item).map(([method, operation]) => [method, operationMessage(operation)])) })),
  })
}

/** A definition as a piece of the document's. */
export function encodeDefinition(name: string, schema: Schema): Uint8Array {
  return encoded('Definitions', namedSchemas({ [name]: schema }))
}

/** What stands in the document before its paths: the whole of it is this, then fields 8 and 9. */
export function encodeHead(): Uint8Array {
  return encoded('Document', V2_HEAD)
}

/** A field of the document: its number, then how long it is. */
export function encodeField(number: 8 | 9, length: number): Uint8Array {
  return protobuf.Writer.create().uint32((number << 3) | 2).uint32(length).finish()
}

function operationMessage(operation: V2Operation): object {
  const { description, operationId, produces, consumes, parameters, responses, ...rest } = operation
  return {
    description, operation_id: operationId, produces, consumes,
    parameters: parameters.map((parameter) => ({ parameter: parameterMessage(parameter) })),
    responses: {
      response_code: Object.entries(responses).map(([name, { description: text, schema }]) => ({
        name, value: { response: { description: text, ...(schema === undefined ? {} : { schema: { schema: schemaMessage(schema) } }) } },
      })),
    },
    vendor_extension: extensions(rest),
  }
}

function parameterMessage({ uniqueItems, schema, ...parameter }: V2Parameter): object {
  if (schema !== undefined) return { body_parameter: { ...parameter, schema: schemaMessage(schema) } }
  const fields = { ...parameter, unique_items: uniqueItems }
  return { non_body_parameter: parameter.in === 'path' ? { path_parameter_sub_schema: fields } : { query_parameter_sub_schema: fields } }
}

function schemaMessage(schema: Schema): object {
  const { $ref, type, format, description, required, properties, items, additionalProperties, ...rest } = schema
  return {
    ...($ref === undefined ? {} : { _ref: $ref }), ...(format === undefined ? {} : { format }), ...(description === undefined ? {} : { description }),
    ...(required === undefined ? {} : { required }), ...(type === undefined ? {} : { type: { value: [type] } }),
    ...(items === undefined ? {} : { items: { schema: [schemaMessage(items)] } }),
    ...(additionalProperties === undefined ? {} : { additional_properties: { schema: schemaMessage(additionalProperties) } }),
    ...(properties === undefined ? {} : { properties: namedSchemas(properties) }),
    vendor_extension: extensions(rest),
  }
}

function namedSchemas(schemas: Readonly<Record<string, Schema>>): object {
  return { additional_properties: Object.entries(schemas).map(([name, schema]) => ({ name, value: schemaMessage(schema) })) }
}

/** Extensions carry YAML; JSON is YAML. */
function extensions(fields: object): object[] {
  return Object.entries(fields).filter(([name]) => name.startsWith('x-')).map(([name, value]) => ({ name, value: { yaml: `${JSON.stringify(value)}\n` } }))
}
