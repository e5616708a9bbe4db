import type { MatchCondition } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { checkExpression } from '../../admission/expressions/declared.ts'
import type { Declared } from '../../cel/check.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'

const MOST = 64

/** Checks the conditions under which a webhook or policy is asked. `names`: what they may use. */
export function validateConditions(conditions: readonly MatchCondition[] | undefined, names: Declared, path: string, errors: FieldErrors): void {
  const seen = new Set<string>()
  if ((conditions?.length ?? 0) > MOST) errors.tooMany(path, conditions?.length ?? 0, MOST)
  conditions?.forEach(({ name = '', expression = '' }, i) => {
    const at = `${path}[${String(i)}]`
    const wrong = name === '' ? undefined : qualifiedName(name)
    if (expression.trim() === '') errors.required(`${at}.expression`)
    else checkExpression(expression, names, ['bool'], `${at}.expression`, errors)
    if (name === '') errors.required(`${at}.name`)
    else if (wrong !== undefined) errors.invalid(`${at}.name`, name, wrong)
    else if (seen.has(name)) errors.duplicate(`${at}.name`, name)
    seen.add(name)
  })
}
