import { messageOf } from '../../../../common/errors.ts'
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { Expression } from '../../cel/expression.ts'
import type { Conditions } from '../expressions/conditions.ts'
import { conditionsOf } from '../expressions/conditions.ts'
import type { Variable } from './variables.ts'

/** A policy whose expressions have been read, and where it is bound. */
export interface Policy {
  readonly definition: Readonly<ValidatingAdmissionPolicy>
  readonly bindings: readonly Readonly<ValidatingAdmissionPolicyBinding>[]
  readonly conditions: Conditions
  readonly variables: readonly Variable[]
  readonly validations: readonly ReadValidation[]
  readonly annotations: readonly { readonly key: string; readonly expression: Expression }[]
  /** What of it cannot be read: then it cannot be asked. */
  readonly wrong: string | undefined
}

/** One validation. */
export interface ReadValidation {
  readonly validation: Readonly<Validation>
  readonly expression: Expression
  readonly message: Expression | undefined
}

/** The policies that are bound somewhere, by name; the bindings of each by theirs. */
export function policiesOf(definitions: readonly Readonly<ValidatingAdmissionPolicy>[], bindings: readonly Readonly<ValidatingAdmissionPolicyBinding>[]): Policy[] {
  const byName = <T extends { metadata: { name: string } }>(objects: readonly T[]): T[] => [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  return byName(definitions).flatMap((definition) => {
    const own = byName(bindings.filter(({ spec }) => spec.policyName === definition.metadata.name))
    return own.length === 0 ? [] : [readPolicy(definition, own)]
  })
}

function readPolicy(definition: Readonly<ValidatingAdmissionPolicy>, bindings: Policy['bindings']): Policy {
  const { matchConditions, variables = [], validations = [], auditAnnotations = [] } = definition.spec
  const conditions = conditionsOf(matchConditions)
  try {
    return {
      definition, bindings, conditions, wrong: undefined,
      variables: variables.map(({ name, expression }) => ({ name, expression: new Expression(expression) })),
      validations: validations.map((validation) => ({
        validation, expression: new Expression(validation.expression),
        message: validation.messageExpression === undefined || validation.messageExpression === '' ? undefined : new Expression(validation.messageExpression),
      })),
      annotations: auditAnnotations.map(({ key, valueExpression }) => ({ key, expression: new Expression(valueExpression) })),
    }
  } catch (error) {
    return { definition, bindings, conditions, variables: [], validations: [], annotations: [], wrong: messageOf(error) }
  }
}
