/** Longer ones are seldom alike: certificates, scripts. */
const LONGEST = 128
/** Then it begins anew: what names and addresses have filled it with is forgotten, and what all have in common is soon there again. */
const MOST = 8192

const pool = new Map<string, string>()

/**
 * A string equal to `text`: the same one in memory for as many as possible. Objects of one cluster say the same things over and over ("IfNotPresent", an image,
 * the second in which something began), and whatever is read from JSON has its own copy of each.
 */
export function sharedString(text: string): string {
  if (text.length > LONGEST) return text
  const there = pool.get(text)
  if (there !== undefined) return there
  if (pool.size >= MOST) pool.clear()
  pool.set(text, text)
  return text
}

/** Lets the strings of a JSON value be shared ones, in place, and returns it. */
export function shareStrings<T>(value: T): T {
  if (typeof value === 'string') return sharedString(value) as T
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    const field = fields[key]
    if (typeof field === 'string') fields[key] = sharedString(field)
    else if (typeof field === 'object') shareStrings(field)
  }
  return value
}
