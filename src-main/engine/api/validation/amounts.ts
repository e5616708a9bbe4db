import type { FieldErrors } from './field-errors.ts'

const PERCENT = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** Checks a count or a percentage of at most 100 (`3`, `25%`); an absent one is fine. Returns its number; undefined for none, or a bad one. */
export function validateAmount(path: string, amount: number | string | undefined, errors: FieldErrors): number | undefined {
  if (amount === undefined) return undefined
  if (typeof amount === 'number') {
    errors.nonNegative(path, amount)
    return amount
  }
  const m = /^(\d+)%$/.exec(amount)
  if (m === null) errors.invalid(path, amount, PERCENT)
  else if (Number(m[1]) > 100) errors.invalid(path, amount, 'must not be greater than 100%')
  return m === null ? undefined : Number(m[1])
}
