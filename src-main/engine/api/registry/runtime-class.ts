import type { RuntimeClass } from '../../../common/kube/generated/node-v1.ts'
import { RuntimeClasses } from '../../../common/kube/kinds.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../common/kube/quantity.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable, validateLabels } from '../validation/metadata.ts'
import { dnsLabel, qualifiedName } from '../validation/names.ts'
import { defineKind } from './kind.ts'
import { validateToleration } from './pod-spec/validate.ts'

/** RuntimeClass: how a node runs a pod, and what that costs. Admission reads it when a pod is created (`admission/runtime-class.ts`). */
export const runtimeClassKind = defineKind<RuntimeClass>({
  resource: RuntimeClasses,
  validate({ handler, overhead, scheduling }, errors) {
    errors.check('handler', (handler as string | undefined) ?? '', dnsLabel)
    validateOverhead(overhead?.podFixed ?? {}, errors)
    validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector', errors)
    scheduling?.tolerations?.forEach((toleration, i) => validateToleration(toleration, `scheduling.tolerations[${String(i)}]`, errors))
  },
  validateUpdate: (runtimeClass, old, errors) => validateImmutable(runtimeClass.handler, old.handler, 'handler', errors),
  columns: [nameColumn, { name: 'Handler', type: 'string', description: 'The name of what runs pods of this class.', cell: (o) => o.handler }, ageColumn],
})

function validateOverhead(podFixed: Readonly<Record<string, string>>, errors: FieldErrors): void {
  for (const [name, text] of Object.entries(podFixed)) {
    const path = `overhead.podFixed[${name}]`
    const wrong = qualifiedName(name)
    const value = parseQuantity(text)
    if (wrong !== undefined) errors.invalid(path, name, wrong)
    else if (value === undefined) errors.invalid(path, text, NOT_A_QUANTITY)
    else if (value < 0) errors.invalid(path, text, 'must be greater than or equal to 0')
  }
}
