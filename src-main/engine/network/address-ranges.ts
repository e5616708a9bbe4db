import { ipToNumber, numberToIp } from '../../common/ipv4.ts'

/** Addresses or ports from the first to the last, both included. */
export type Range = readonly [first: number, last: number]

/** An IPv4 CIDR's addresses; undefined for anything else (IPv6, which pods here do not have). */
export function rangeOf(cidr: string): Range | undefined {
  const [address = '', length = ''] = cidr.split('/')
  const ip = ipToNumber(address)
  const bits = Number(length)
  if (ip === undefined || !/^\d+$/.test(length) || bits > 32) return undefined
  const size = 2 ** (32 - bits)
  const first = ip - (ip % size)
  return [first, first + size - 1]
}

/** The same numbers, sorted, without overlap: what the kernel takes as a set of intervals. */
export function merged(ranges: readonly Range[]): Range[] {
  const result: [number, number][] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = result.at(-1)
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else result.push([first, last])
  }
  return result
}

/** What is left of `range` without `holes`. */
export function without(range: Range, holes: readonly Range[]): Range[] {
  const left: Range[] = []
  let next = range[0]
  for (const [first, last] of merged(holes)) {
    if (last < next || first > range[1]) continue
    if (first > next) left.push([next, first - 1])
    next = last + 1
  }
  if (next <= range[1]) left.push([next, range[1]])
  return left
}

export function contains(ranges: readonly Range[], value: number): boolean {
  return ranges.some(([first, last]) => first <= value && value <= last)
}

/** As nft writes it. */
export function addressText([first, last]: Range): string {
  return first === last ? numberToIp(first) : `${numberToIp(first)}-${numberToIp(last)}`
}

/** As nft writes it. */
export function portText([first, last]: Range): string {
  return first === last ? String(first) : `${String(first)}-${String(last)}`
}
