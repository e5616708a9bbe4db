/** Nanoseconds of Go's duration units, the biggest first. */
const NANOSECONDS = { h: 3_600_000_000_000, m: 60_000_000_000, s: 1_000_000_000, ms: 1_000_000, us: 1000, 'µs': 1000, ns: 1 } as const
const PART = /(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)/g

/** A duration such as `1m30s` or `1.5h` in nanoseconds (Docker's own unit), or undefined when it is not one. A bare `0` is one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const parts = [...text.matchAll(PART)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * NANOSECONDS[unit as keyof typeof NANOSECONDS], 0))
}

/** Nanoseconds as Go writes them, without empty parts: `1m30s`, `500ms`, `0s`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  let left = nanoseconds
  let text = ''
  for (const unit of ['h', 'm', 's', 'ms', 'us', 'ns'] as const) {
    const count = Math.floor(left / NANOSECONDS[unit])
    if (count > 0) text += `${String(count)}${unit}`
    left -= count * NANOSECONDS[unit]
  }
  return text
}

const BYTES: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 }

/** A size such as `512M`, `1.5gb` or `2GiB` in bytes (Docker's units are powers of 1024), or undefined when it is not one. */
export function parseBytes(text: string): number | undefined {
  const m = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text.trim())
  return m === null ? undefined : Math.floor(Number(m[1]) * (BYTES[(m[2] ?? '').toLowerCase()] ?? 1))
}

/** Bytes in the largest of Docker's units that divides them: `512M`, `1000`. */
export function formatByteSize(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k']) {
    const size = BYTES[unit] ?? 1
    if (bytes !== 0 && bytes % size === 0) return `${String(bytes / size)}${unit.toUpperCase()}`
  }
  return String(bytes)
}
