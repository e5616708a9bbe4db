/** An IPv4 address as a number; undefined when it is none. */
export function ipToNumber(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || parts.some((p) => !/^(0|[1-9]\d{0,2})$/.test(p) || Number(p) > 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The other way round. */
export function numberToIp(value: number): string {
  return [24, 16, 8, 0].map((shift) => String((value >>> shift) & 255)).join('.')
}

/** First and last address of a CIDR, as numbers; a default route and what is not IPv4 meet nothing. */
export function rangeOf(cidr: string): [number, number] {
  const [address = '', bits = '32'] = cidr.split('/')
  const n = ipToNumber(address)
  if (n === undefined || Number(bits) === 0) return [-1, -1]
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(n / size) * size
  return [first, first + size - 1]
}

/** The first of `networks` that has addresses of `cidr`; undefined: none. Pure. */
export function clash(cidr: string, networks: readonly string[]): string | undefined {
  const [first, last] = rangeOf(cidr)
  return networks.find((network) => {
    const [f, l] = rangeOf(network)
    return f >= 0 && first >= 0 && last >= f && first <= l
  })
}
