import type { ResourceRequirements } from '../../../../common/kube/generated/core-v1.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../../common/kube/quantity.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** Checks limits and requests: quantities, not negative, no request above its limit; devices are whole, and asked for as they are limited. */
export function validateResources(resources: ResourceRequirements | undefined, path: string, errors: FieldErrors): void {
  for (const part of ['limits', 'requests'] as const) {
    for (const [name, text] of Object.entries(resources?.[part] ?? {})) {
      const at = `${path}.${part}[${name}]`
      const standard = STANDARD.has(name) || name.startsWith('hugepages-')
      if (qualifiedName(name) !== undefined) errors.invalid(at, name, qualifiedName(name) ?? '')
      else if (!standard && !name.includes('/')) errors.invalid(at, name, 'must be a standard resource for containers')
      const value = parseQuantity(text)
      if (value === undefined) errors.invalid(at, text, NOT_A_QUANTITY)
      else if (value < 0) errors.invalid(at, text, 'must be greater than or equal to 0')
      else if (isExtended(name) && !Number.isInteger(value)) errors.invalid(at, text, 'must be an integer')
    }
  }
  for (const [name, request] of Object.entries(resources?.requests ?? {})) {
    const limit = resources?.limits?.[name]
    if (isExtended(name) && limit === undefined) errors.required(`${path}.limits`, 'Limit must be set for non overcommitable resources')
    else if (isExtended(name) && parseQuantity(request) !== parseQuantity(limit ?? '')) errors.invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit ?? ''}`)
    else if (limit !== undefined && (parseQuantity(request) ?? 0) > (parseQuantity(limit) ?? 0)) errors.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)
  }
}

/** A device (`nvidia.com/gpu`): it cannot be shared, so there is no having more than was asked for. */
function isExtended(name: string): boolean {
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name)
}
