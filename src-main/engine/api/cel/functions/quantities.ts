import { CelError } from '../errors.ts'
import { Opaque } from '../values.ts'
import type { Overload } from './define.ts'
import { define } from './define.ts'

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/
const TENS: Readonly<Record<string, number>> = { n: 0, u: 3, m: 6, k: 12, M: 15, G: 18, T: 21, P: 24, E: 27 }
const TWOS = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const NANO = 1_000_000_000n

/** A quantity, in billionths, which is as fine as one can be. */
class Quantity extends Opaque {
  readonly typeName = 'kubernetes.Quantity'
  readonly nanos: bigint
  constructor(nanos: bigint) {
    super()
    this.nanos = nanos
  }
  equals(other: Opaque): boolean {
    return other instanceof Quantity && other.nanos === this.nanos
  }
}

function read(text: string): Quantity | undefined {
  const m = FORM.exec(text)
  const [, sign, whole = '', fraction = '', exponent, suffix] = m ?? []
  if (m === null || (whole === '' && fraction === '') || whole.length > 40 || fraction.length > 40) return undefined
  const digits = BigInt(whole + fraction)
  const two = TWOS.indexOf(suffix ?? '')
  const tens = (exponent !== undefined ? 9 + Number(exponent.slice(1)) : two >= 0 ? 9 : (TENS[suffix ?? ''] ?? 9)) - fraction.length
  const scaled = digits * (two >= 0 ? 1024n ** BigInt(two + 1) : 1n)
  const divisor = tens < 0 ? 10n ** BigInt(-tens) : 1n
  // What is finer is rounded up, away from zero, as upstream does.
  const size = tens >= 0 ? scaled * 10n ** BigInt(tens) : (scaled + divisor - 1n) / divisor
  return new Quantity(sign === '-' ? -size : size)
}

function must(text: string): Quantity {
  const quantity = read(text)
  if (quantity === undefined) throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
  return quantity
}

function isInteger({ nanos }: Quantity): boolean {
  return nanos % NANO === 0n && BigInt.asIntN(64, nanos / NANO) === nanos / NANO
}

type Two = readonly [Quantity, Quantity]

/** Kubernetes' functions of quantities. */
export const QUANTITIES: readonly Overload[] = [
  define('quantity(string): quantity', ([text]: readonly [string]) => must(text)),
  define('isQuantity(string): bool', ([text]: readonly [string]) => read(text) !== undefined),
  define('quantity.isInteger(): bool', ([a]: readonly [Quantity]) => isInteger(a)),
  define('quantity.asInteger(): int', ([a]: readonly [Quantity]) => {
    if (!isInteger(a)) throw new CelError('cannot convert value to integer')
    return a.nanos / NANO
  }),
  define('quantity.asApproximateFloat(): double', ([a]: readonly [Quantity]) => Number(a.nanos) / 1e9),
  define('quantity.sign(): int', ([{ nanos }]: readonly [Quantity]) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n)),
  define('quantity.add(quantity): quantity', ([a, b]: Two) => new Quantity(a.nanos + b.nanos)),
  define('quantity.add(int): quantity', ([a, b]: readonly [Quantity, bigint]) => new Quantity(a.nanos + b * NANO)),
  define('quantity.sub(quantity): quantity', ([a, b]: Two) => new Quantity(a.nanos - b.nanos)),
  define('quantity.sub(int): quantity', ([a, b]: readonly [Quantity, bigint]) => new Quantity(a.nanos - b * NANO)),
  define('quantity.isLessThan(quantity): bool', ([a, b]: Two) => a.nanos < b.nanos),
  define('quantity.isGreaterThan(quantity): bool', ([a, b]: Two) => a.nanos > b.nanos),
  define('quantity.compareTo(quantity): int', ([a, b]: Two) => (a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n)),
]
