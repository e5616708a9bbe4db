import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import type { FieldErrors } from './field-errors.ts'

function block(...ranges: readonly [network: string, bits: number][]): BlockList {
  const list = new BlockList()
  for (const [network, bits] of ranges) list.addSubnet(network, bits, isIPv6(network) ? 'ipv6' : 'ipv4')
  return list
}

/** What means another machine for each, or none: traffic that is sent there by a Service would reach what is only meant for the server itself. */
const SPECIAL: readonly [BlockList, string][] = [
  [block(['127.0.0.0', 8], ['::1', 128]), 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [block(['169.254.0.0', 16], ['fe80::', 10]), 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [block(['224.0.0.0', 24], ['ff02::', 16]), 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]
const UNSPECIFIED = block(['0.0.0.0', 32], ['::', 128])

/** An address that a Service's traffic may go to, of one family where it is said, in upstream's words. */
export function validateAddress(field: string, ip: string, errors: FieldErrors, family?: 'IPv4' | 'IPv6'): void {
  if (family === 'IPv4' && !isIPv4(ip)) return errors.invalid(field, ip, 'must be a valid IPv4 address')
  if (family === 'IPv6' && !isIPv6(ip)) return errors.invalid(field, ip, 'must be a valid IPv6 address')
  if (isIP(ip) === 0) return errors.invalid(field, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')
  const type = isIPv4(ip) ? 'ipv4' : 'ipv6'
  if (UNSPECIFIED.check(ip, type)) errors.invalid(field, ip, `may not be unspecified (${ip})`)
  for (const [range, detail] of SPECIAL) if (range.check(ip, type)) errors.invalid(field, ip, detail)
}
