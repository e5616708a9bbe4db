import { messageOf } from '../../../../common/errors.ts'
import type { ExpressionWarning, NamedRuleWithOperations, ValidatingAdmissionPolicySpec } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { groupVersionOf } from '../../../../common/kube/resource.ts'
import type { Declared } from '../../cel/check.ts'
import { Expression } from '../../cel/expression.ts'
import { DYN, type Type } from '../../cel/types.ts'
import type { Kind, Kinds } from '../../registry/kind.ts'
import { policyNames } from '../expressions/declared.ts'
import { typeOfKind } from './kind-type.ts'

/** Upstream's: more kinds than these are not looked at. */
const MOST_KINDS = 10
const NAMESPACE = { group: '', version: 'v1', kind: 'Namespace' }

/**
 * What is wrong with a policy's validations for the kinds that its rules name, in upstream's words: fields that a kind does not have, calls that no function takes. A policy whose rules leave
 * open what they are about (a star, a subresource), or name only what is not there, is not looked at. Warnings change nothing about what a policy does.
 */
export function expressionWarnings(spec: Readonly<Partial<ValidatingAdmissionPolicySpec>>, kinds: Kinds): ExpressionWarning[] {
  const seen = kindsNamed(spec.matchConstraints?.resourceRules ?? [], kinds).flatMap((kind) => {
    const type = typeOfKind(kind)
    return type === undefined ? [] : [{ name: nameOf(kind), names: namesFor(type, spec, kinds) }]
  })
  const warn = (fieldRef: string, source = ''): ExpressionWarning[] => {
    const found = source === '' ? [] : seen.flatMap(({ name, names }) => {
      const wrong = wrongWith(source, names)
      return wrong === undefined ? [] : [`${name}: ${wrong}`]
    })
    return found.length === 0 ? [] : [{ fieldRef, warning: found.join('\n') }]
  }
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => {
    const at = `spec.validations[${String(i)}]`
    return [...warn(`${at}.expression`, expression), ...warn(`${at}.messageExpression`, messageExpression)]
  })
}

/** The kinds of all rules that say which, in the order of their names. */
function kindsNamed(rules: readonly NamedRuleWithOperations[], kinds: Kinds): Kind[] {
  const found = new Map<string, Kind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if ([...apiGroups, ...apiVersions].some((one) => one.includes('*')) || resources.some((one) => /[*/]/.test(one))) continue
    const named = sorted(apiGroups).flatMap((group) => sorted(apiVersions).flatMap((version) => sorted(resources).flatMap((plural) => kinds.find({ group, version, plural }) ?? [])))
    for (const kind of named.slice(0, MOST_KINDS)) found.set(nameOf(kind), kind)
    if (named.length >= MOST_KINDS) break
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind)
}

/** The names of one kind's request, the variables among them: one that is wrong itself may be anything to those that use it. */
function namesFor(object: Type, { paramKind, variables = [] }: Readonly<Partial<ValidatingAdmissionPolicySpec>>, kinds: Kinds): Declared {
  const types = new Map<string, Type>()
  const typeNamed = (gvk: { group: string; version: string; kind: string }): Type => {
    const kind = kinds.findKind(gvk)
    return (kind === undefined ? undefined : typeOfKind(kind)) ?? DYN
  }
  const names: Declared = {
    ...policyNames(paramKind !== undefined, types), object, oldObject: object, namespaceObject: typeNamed(NAMESPACE),
    ...(paramKind === undefined ? {} : { params: typeNamed({ ...groupVersionOf(paramKind.apiVersion ?? ''), kind: paramKind.kind ?? '' }) }),
  }
  for (const { name, expression } of variables) types.set(name, typeOfExpression(expression, names))
  return names
}

function typeOfExpression(source: string, names: Declared): Type {
  try {
    return new Expression(source).check(names).type
  } catch {
    return DYN
  }
}

function wrongWith(source: string, names: Declared): string | undefined {
  try {
    new Expression(source).check(names)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** `apps/v1, Kind=Deployment`. */
function nameOf({ resource: { group, version, kind } }: Kind): string {
  return `${group}/${version}, Kind=${kind}`
}

function sorted(texts: readonly string[]): string[] {
  return [...texts].sort()
}
