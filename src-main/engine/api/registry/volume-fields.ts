import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../../common/kube/generated/core-v1.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../common/kube/quantity.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsSubdomain, qualifiedName } from '../validation/names.ts'

const ACCESS_MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']
const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt']

/** What volumes and claims have in common. */
export function validateAccessModes(modes: readonly string[] | undefined, path: string, missing: string, errors: FieldErrors): void {
  if (modes === undefined || modes.length === 0) return errors.required(path, missing)
  for (const mode of modes) if (!ACCESS_MODES.includes(mode)) errors.notSupported(path, mode, ACCESS_MODES)
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) errors.forbidden(path, 'may not use ReadWriteOncePod with other access modes')
}

/** A size that must be there and above zero. */
export function validateSize(size: string | undefined, path: string, errors: FieldErrors): void {
  if (size === undefined) return errors.required(path)
  const bytes = parseQuantity(size)
  if (bytes === undefined) errors.invalid(path, size, NOT_A_QUANTITY)
  else if (bytes <= 0) errors.invalid(path, size, 'must be greater than zero')
}

/** The name of a class; '' and none are fine. */
export function validateClassName(name: string | undefined, path: string, errors: FieldErrors): void {
  errors.check(path, name || undefined, dnsSubdomain)
}

/** `Block` or `Filesystem`; none is fine. */
export function validateVolumeMode(mode: string | undefined, path: string, errors: FieldErrors): void {
  if (mode !== undefined && !['Block', 'Filesystem'].includes(mode)) errors.notSupported(path, mode, ['Block', 'Filesystem'])
}

/** The terms of a node selector, of which one must match. */
export function validateNodeTerms(terms: readonly NodeSelectorTerm[] | undefined, path: string, errors: FieldErrors): void {
  if (terms === undefined || terms.length === 0) return errors.required(path, 'must have at least one node selector term')
  terms.forEach((term, i) => {
    const at = `${path}[${String(i)}]`
    term.matchExpressions?.forEach((r, j) => validateRequirement(r, `${at}.matchExpressions[${String(j)}]`, errors))
    term.matchFields?.forEach((r, j) => {
      if (r.key !== 'metadata.name') errors.invalid(`${at}.matchFields[${String(j)}].key`, r.key, 'not a valid field selector key')
    })
  })
}

function validateRequirement({ key, operator, values = [] }: NodeSelectorRequirement, path: string, errors: FieldErrors): void {
  errors.check(`${path}.key`, (key as string | undefined) ?? '', qualifiedName)
  if (!OPERATORS.includes(operator)) return errors.invalid(`${path}.operator`, operator, 'not a valid selector operator')
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) errors.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")
  } else if (values.length > 0) errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
}
