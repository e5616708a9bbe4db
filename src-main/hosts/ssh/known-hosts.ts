import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** One line of a known_hosts file that says something. */
export interface KnownHost {
  /** As written: names and patterns, or one hashed name. */
  hosts: string
  revoked: boolean
  type: string
  /** The key, in base64. */
  key: string
  /** From 1. */
  line: number
}

/** What known_hosts says of a key that a server shows. */
export type HostKeyVerdict =
  | { is: 'trusted' }
  /** Nothing is known of this server. */
  | { is: 'unknown' }
  /** The server is known by other keys. */
  | { is: 'changed'; known: readonly KnownHost[] }
  | { is: 'revoked'; line: number }

/** Reads the text of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Lines that make no sense, and certificate authorities, are passed over. */
export function parseKnownHosts(text: string): KnownHost[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const fields = content.trim().split(/\s+/)
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined
    const [hosts = '', type = '', key = ''] = fields
    if (hosts === '' || hosts.startsWith('#') || key === '' || (marker !== undefined && marker !== '@revoked')) return []
    return [{ hosts, revoked: marker === '@revoked', type, key, line: index + 1 }]
  })
}

/** The name a server is known by: as it is on port 22, `[host]:port` on any other. */
export function knownAs(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${String(port)}`
}

/**
 * Whether `key` (as the server sends it) is that of `name` (see `knownAs`). A server that is known only by keys of other types counts as
 * changed: an impostor could otherwise get away with showing a key of a type that nobody has seen.
 */
export function judgeHostKey(entries: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  const shown = key.toString('base64')
  const mine = entries.filter(({ hosts }) => hostsMatch(hosts, name))
  const revoked = mine.find((entry) => entry.revoked && entry.key === shown)
  if (revoked !== undefined) return { is: 'revoked', line: revoked.line }
  const known = mine.filter((entry) => !entry.revoked)
  if (known.some((entry) => entry.key === shown)) return { is: 'trusted' }
  return known.length === 0 ? { is: 'unknown' } : { is: 'changed', known }
}

/** Types of the keys by which `name` is known. */
export function knownTypes(entries: readonly KnownHost[], name: string): string[] {
  return [...new Set(entries.filter((entry) => !entry.revoked && hostsMatch(entry.hosts, name)).map((entry) => entry.type))]
}

/** The type that a key in SSH's wire format begins with, e.g. `ssh-ed25519`. */
export function keyType(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0)
  return key.subarray(4, 4 + length).toString('latin1')
}

/** As ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The line that pins a key. The name is hashed, as Debian's ssh does: a copied file tells nobody which servers there are. */
export function knownHostLine(name: string, key: Buffer, salt: Buffer = randomBytes(20)): string {
  return `|1|${salt.toString('base64')}|${hashed(name, salt).toString('base64')} ${keyType(key)} ${key.toString('base64')}\n`
}

function hostsMatch(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) {
    const [, version, salt = '', hash = ''] = hosts.split('|')
    const wanted = Buffer.from(hash, 'base64')
    return version === '1' && wanted.length === 20 && timingSafeEqual(wanted, hashed(name, Buffer.from(salt, 'base64')))
  }
  return matchesPatterns(name, hosts.toLowerCase().split(','))
}

function hashed(name: string, salt: Buffer): Buffer {
  return createHmac('sha1', salt).update(name).digest()
}

/** ssh_config(5), PATTERNS: `*` and `?`, and a `!` that rules out whatever else matches. */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  const matches = (pattern: string): boolean => wildcard(pattern).test(name)
  if (patterns.some((p) => p.startsWith('!') && matches(p.slice(1)))) return false
  return patterns.some((p) => !p.startsWith('!') && matches(p))
}

/** `*` and `?` as a regular expression for a whole string. Runs of `*` become one: they would backtrack without end. */
export function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\*+/g, '*').replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${source}$`)
}
