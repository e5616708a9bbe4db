import { messageOf } from '../../../../common/errors.ts'
import type { Declared } from '../../cel/check.ts'
import { Expression } from '../../cel/expression.ts'
import { BOOL, DYN, STRING, mayBe } from '../../cel/types.ts'
import type { Type } from '../../cel/types.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'

const struct = (fields: Readonly<Record<string, Type>>): Type => ({ name: 'object', field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) })
const STRINGS: Type = { name: 'list', elem: STRING }
const KIND = struct({ group: STRING, version: STRING, kind: STRING })
const RESOURCE = struct({ group: STRING, version: STRING, resource: STRING })
const REQUEST = struct({
  kind: KIND, resource: RESOURCE, subResource: STRING, requestKind: KIND, requestResource: RESOURCE, requestSubResource: STRING, name: STRING, namespace: STRING, operation: STRING,
  userInfo: struct({ username: STRING, uid: STRING, groups: STRINGS, extra: { name: 'map', elem: STRINGS } }), dryRun: BOOL, options: DYN,
})

/** The names that conditions of webhooks may use. What a request is about may be of any kind. */
export const CONDITION_NAMES: Declared = { object: DYN, oldObject: DYN, request: REQUEST, authorizer: DYN }

/** The names that the expressions of a policy may use. `variables`: the types of those that come before. */
export function policyNames(hasParams: boolean, variables: ReadonlyMap<string, Type>): Declared {
  return { ...CONDITION_NAMES, namespaceObject: DYN, variables: { name: 'object', field: (name) => variables.get(name) }, ...(hasParams ? { params: DYN } : {}) }
}

/** Adds an error where an expression cannot be read, uses what is not there, or gives none of the types wanted. Its type; any, where it is wrong. */
export function checkExpression(source: string, names: Declared, wanted: readonly string[], path: string, errors: FieldErrors): Type {
  try {
    const { type } = new Expression(source).check(names)
    if (wanted.length > 0 && !wanted.some((one) => mayBe(type, one))) errors.invalid(path, source, `must evaluate to ${wanted.join(' or ')}`)
    return type
  } catch (error) {
    errors.invalid(path, source, `compilation failed: ${messageOf(error)}`)
    return DYN
  }
}
