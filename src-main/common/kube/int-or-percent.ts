/**
 * A count that may be a percentage (`25%`) of `total`, as a whole number, rounded up or down. Throws an Error on anything else.
 * As upstream's intstr: maxSurge rounds up, maxUnavailable down.
 */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)
  if (percent === null) throw new Error(`${JSON.stringify(value)} is neither a whole number nor a percentage such as "25%"`)
  const exact = (Number(percent[1]) * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
