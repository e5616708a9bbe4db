/** Reads what the helper's `used` printed, a line of du for each volume (KiB): bytes by the volume's name. Pure. */
export function readSizes(text: string): ReadonlyMap<string, number> {
  return new Map(text.split('\n').flatMap((line) => {
    const [, kib = '', name = ''] = /^(\d+)\s+\/host\/volumes\/([^/]+)\/_data$/.exec(line) ?? []
    return name === '' ? [] : [[name, Number(kib) * 1024] as const]
  }))
}
