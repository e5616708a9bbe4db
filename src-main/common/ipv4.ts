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
