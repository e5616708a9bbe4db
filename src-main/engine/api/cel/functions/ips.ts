import { isIPv4, isIPv6 } from 'node:net'
import { CelError } from '../errors.ts'
import { Opaque } from '../values.ts'
import type { Overload } from './define.ts'
import { define } from './define.ts'

class Ip extends Opaque {
  readonly typeName = 'net.IP'
  readonly bits: bigint
  readonly family: 4 | 6
  constructor(bits: bigint, family: 4 | 6) {
    super()
    this.bits = bits
    this.family = family
  }
  equals(other: Opaque): boolean {
    return other instanceof Ip && other.bits === this.bits && other.family === this.family
  }
}

class Cidr extends Opaque {
  readonly typeName = 'net.CIDR'
  readonly ip: Ip
  readonly length: number
  constructor(ip: Ip, length: number) {
    super()
    this.ip = ip
    this.length = length
  }
  equals(other: Opaque): boolean {
    return other instanceof Cidr && other.ip.equals(this.ip) && other.length === this.length
  }
  contains({ bits, family }: Ip): boolean {
    const rest = BigInt(widthOf(family) - this.length)
    return family === this.ip.family && bits >> rest === this.ip.bits >> rest
  }
}

function widthOf(family: 4 | 6): number {
  return family === 4 ? 32 : 128
}

function readIp(text: string): Ip | undefined {
  if (isIPv4(text)) return new Ip(text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n), 4)
  // Addresses with a zone, and v4 in v6, are refused as upstream does.
  if (!isIPv6(text) || text.includes('%') || /\d+\.\d+\.\d+\.\d+/.test(text)) return undefined
  const [head = '', tail] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const all = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return new Ip(all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n), 6)
}

function readCidr(text: string): Cidr | undefined {
  const m = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const ip = m === null ? undefined : readIp(m[1] ?? '')
  const length = Number(m?.[2])
  return ip === undefined || length > widthOf(ip.family) ? undefined : new Cidr(ip, length)
}

function showIp({ bits, family }: Ip): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((bits >> BigInt((7 - i) * 16)) & 0xffffn).toString(16))
  // The longest run of zeros, the first of equals, is left out.
  let best = { at: 0, length: 0 }
  for (let i = 0; i < 8; i++) {
    let j = i
    while (j < 8 && groups[j] === '0') j++
    if (j - i > best.length) best = { at: i, length: j - i }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`
}

function must<T>(read: T | undefined, what: string, text: string): T {
  if (read === undefined) throw new CelError(`${what} parse error during conversion from string: ${JSON.stringify(text)}`)
  return read
}

const within = (text: string): ((ip: Ip) => boolean) => {
  const block = readCidr(text)
  return (ip) => block?.contains(ip) === true
}
const LOOPBACK = [within('127.0.0.0/8'), within('::1/128')]
const LINK_LOCAL = [within('169.254.0.0/16'), within('fe80::/10')]
const LINK_LOCAL_MULTICAST = [within('224.0.0.0/24'), within('ff02::/16')]
const MULTICAST = [within('224.0.0.0/4'), within('ff00::/8')]
const any = (checks: readonly ((ip: Ip) => boolean)[], ip: Ip): boolean => checks.some((check) => check(ip))

function masked({ ip: { bits, family }, length }: Cidr): Cidr {
  const rest = BigInt(widthOf(family) - length)
  return new Cidr(new Ip((bits >> rest) << rest, family), length)
}

/** Kubernetes' functions of IP addresses and of blocks of them. */
export const IPS: readonly Overload[] = [
  define('ip(string): ip', ([text]: readonly [string]) => must(readIp(text), 'IP Address', text)),
  define('isIP(string): bool', ([text]: readonly [string]) => readIp(text) !== undefined),
  define('ip:isCanonical(string): bool', ([text]: readonly [string]) => showIp(must(readIp(text), 'IP Address', text)) === text),
  define('ip.family(): int', ([ip]: readonly [Ip]) => BigInt(ip.family)),
  define('ip.isUnspecified(): bool', ([ip]: readonly [Ip]) => ip.bits === 0n),
  define('ip.isLoopback(): bool', ([ip]: readonly [Ip]) => any(LOOPBACK, ip)),
  define('ip.isLinkLocalMulticast(): bool', ([ip]: readonly [Ip]) => any(LINK_LOCAL_MULTICAST, ip)),
  define('ip.isLinkLocalUnicast(): bool', ([ip]: readonly [Ip]) => any(LINK_LOCAL, ip)),
  define('ip.isGlobalUnicast(): bool', ([ip]: readonly [Ip]) => ip.bits !== 0n && !any([...LOOPBACK, ...LINK_LOCAL, ...MULTICAST], ip) && !(ip.family === 4 && ip.bits === 0xffff_ffffn)),
  define('string(ip): string', ([ip]: readonly [Ip]) => showIp(ip)),
  define('cidr(string): cidr', ([text]: readonly [string]) => must(readCidr(text), 'CIDR', text)),
  define('isCIDR(string): bool', ([text]: readonly [string]) => readCidr(text) !== undefined),
  define('cidr.containsIP(ip): bool', ([cidr, ip]: readonly [Cidr, Ip]) => cidr.contains(ip)),
  define('cidr.containsIP(string): bool', ([cidr, text]: readonly [Cidr, string]) => cidr.contains(must(readIp(text), 'IP Address', text))),
  define('cidr.containsCIDR(cidr): bool', ([cidr, other]: readonly [Cidr, Cidr]) => other.length >= cidr.length && cidr.contains(other.ip)),
  define('cidr.containsCIDR(string): bool', ([cidr, text]: readonly [Cidr, string]) => {
    const other = must(readCidr(text), 'CIDR', text)
    return other.length >= cidr.length && cidr.contains(other.ip)
  }),
  define('cidr.ip(): ip', ([{ ip }]: readonly [Cidr]) => ip),
  define('cidr.masked(): cidr', ([cidr]: readonly [Cidr]) => masked(cidr)),
  define('cidr.prefixLength(): int', ([{ length }]: readonly [Cidr]) => BigInt(length)),
  define('string(cidr): string', ([{ ip, length }]: readonly [Cidr]) => `${showIp(ip)}/${String(length)}`),
]
