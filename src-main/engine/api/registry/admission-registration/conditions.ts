import type { MatchCondition } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'

const MOST = 64

/** Checks the conditions under which a webhook or policy is asked. What they say is read where they are asked. */
export function validateConditions(conditions: readonly MatchCondition[] | undefined, path: string, errors: FieldErrors): void {
  const names = new Set<string>()
  if ((conditions?.length ?? 0) > MOST) errors.tooMany(path, conditions?.length ?? 0, MOST)
  conditions?.forEach(({ name = '', expression = '' }, i) => {
    const at = `${path}[${String(i)}]`
    const wrong = name === '' ? undefined : qualifiedName(name)
    if (expression.trim() === '') errors.required(`${at}.expression`)
    if (name === '') errors.required(`${at}.name`)
    else if (wrong !== undefined) errors.invalid(`${at}.name`, name, wrong)
    else if (names.has(name)) errors.duplicate(`${at}.name`, name)
    names.add(name)
  })
}
