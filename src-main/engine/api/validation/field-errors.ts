import type { StatusCause } from '../../../common/kube/generated/meta-v1.ts'

/** Collects what is wrong with an object, field by field, in upstream's words; becomes the causes of one Invalid error. */
export class FieldErrors {
  readonly causes: StatusCause[] = []

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, 'Required value', detail)
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${show(value)}`, detail)
  }

  /** Checks a value by a rule, which says what is wrong with it (most are in `names.ts`); none is fine. */
  check<T>(field: string, value: T | undefined, rule: (value: T) => string | undefined): void {
    const wrong = value === undefined ? undefined : rule(value)
    if (wrong !== undefined) this.invalid(field, value, wrong)
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    this.#add('FieldValueNotSupported', field, `Unsupported value: ${show(value)}`, `supported values: ${[...supported].sort().map((s) => `"${s}"`).join(', ')}`)
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, 'Forbidden', detail)
  }

  duplicate(field: string, value: unknown): void {
    this.#add('FieldValueDuplicate', field, `Duplicate value: ${show(value)}`, '')
  }

  notFound(field: string, value: unknown): void {
    this.#add('FieldValueNotFound', field, `Not found: ${show(value)}`, '')
  }

  tooLong(field: string, bytes: number): void {
    this.#add('FieldValueTooLong', field, 'Too long', `may not be more than ${String(bytes)} bytes`)
  }

  tooMany(field: string, actual: number, most: number): void {
    this.#add('FieldValueTooMany', field, `Too many: ${String(actual)}`, `must have at most ${String(most)} items`)
  }

  /** `value` must be one of `supported`; an absent one is Required. */
  oneOf(field: string, value: string | undefined, supported: readonly string[]): void {
    if (value === undefined || value === '') this.required(field)
    else if (!supported.includes(value)) this.notSupported(field, value, supported)
  }

  /** `value` must be one of `supported`; an absent one is fine. */
  supported(field: string, value: string | undefined, supported: readonly string[]): void {
    if (value !== undefined && !supported.includes(value)) this.notSupported(field, value, supported)
  }

  /** `value` must not be below zero; an absent one is fine. */
  nonNegative(field: string, value: number | undefined): void {
    if (value !== undefined && value < 0) this.invalid(field, value, 'must be greater than or equal to 0')
  }

  /** The field must not change; compares by `same`. */
  immutable(field: string, now: unknown, same: boolean): void {
    if (!same) this.invalid(field, now, 'field is immutable')
  }

  #add(reason: string, field: string, message: string, detail: string): void {
    this.causes.push({ reason, field, message: detail === '' ? message : `${message}: ${detail}` })
  }
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  return JSON.stringify(value)
}
