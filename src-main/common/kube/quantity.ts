const SUFFIX: Record<string, number> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}
const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?$/

/** What an API server says of a text that is no quantity: upstream's words, which clients know. */
export const NOT_A_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** The number a Kubernetes quantity stands for (`100m` is 0.1, `1Ki` is 1024), or undefined when it is not one. */
export function parseQuantity(text: string | number): number | undefined {
  const m = FORM.exec(String(text))
  if (m === null) return undefined
  const value = Number(m[1]) * (m[2] === undefined ? (SUFFIX[m[3] ?? ''] ?? 1) : Number(`1${m[2]}`))
  // 0.1 and 3e-1 are not exact in binary; nine decimals are what the format can say.
  return Math.round(value * 1e9) / 1e9
}

/** A CPU quantity in whole millicores, rounded up as upstream does. An absent or malformed one is 0. */
export function milliCpu(text: string | number | undefined): number {
  return text === undefined ? 0 : Math.ceil(Math.round((parseQuantity(text) ?? 0) * 1e6) / 1e3)
}

/** A byte or count quantity as a whole number, rounded up. An absent or malformed one is 0. */
export function wholeNumber(text: string | number | undefined): number {
  return text === undefined ? 0 : Math.ceil(parseQuantity(text) ?? 0)
}

/** Bytes in the largest binary unit that divides them: 2147483648 is `2Gi`, 1500 is `1500`. */
export function formatBytes(bytes: number): string {
  for (const unit of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
    const size = SUFFIX[unit] ?? 1
    if (bytes !== 0 && bytes % size === 0) return `${String(bytes / size)}${unit}`
  }
  return String(bytes)
}

/** Millicores: 2000 is `2`, 250 is `250m`. */
export function formatMilliCpu(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${String(milli)}m`
}
