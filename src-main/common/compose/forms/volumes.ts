import type { Form, Of, Reading } from './form.ts'
import { list, object, short } from './form.ts'
import { bytes, fileMode, flag, labels, text } from './scalars.ts'

const long = object({
  type: text, source: text, target: text, read_only: flag, consistency: text,
  bind: object({ propagation: text, create_host_path: flag, recursive: text, selinux: text }),
  volume: object({ labels, nocopy: flag, subpath: text }),
  tmpfs: object({ size: bytes, mode: fileMode }),
  image: object({ subpath: text }),
}, 'type')

/** Something mounted into a container: a named or unnamed volume, a folder of the host, memory, an image. */
export type VolumeMount = Of<typeof long>

/** A service's `volumes`. */
export const volumeMounts: Form<VolumeMount[]> = list(short(long, (value, at) => (typeof value === 'string' ? expand(value, at) : value)), ({ target }) => target ?? '')

const PROPAGATION = /^r?(shared|slave|private)$/

/** `[SOURCE:]TARGET[:OPTIONS]`; a source that is no path is the name of a volume. */
function expand(spec: string, at: Reading): unknown {
  const parts = split(spec)
  const [first = '', second, options] = parts
  if (parts.includes('') || parts.length > 3) {
    at.problem(`cannot be "${spec}": write TARGET, SOURCE:TARGET or SOURCE:TARGET:ro.`)
    return undefined
  }
  if (second === undefined) return { type: 'volume', target: first }
  const type = isPath(first) ? 'bind' : 'volume'
  const words = (options ?? '').split(',')
  const propagation = words.find((word) => PROPAGATION.test(word))
  const selinux = words.find((word) => word === 'z' || word === 'Z')
  const bind = { ...(propagation === undefined ? {} : { propagation }), ...(selinux === undefined ? {} : { selinux }) }
  return {
    type, source: first, target: second,
    ...(words.includes('ro') ? { read_only: true } : {}),
    ...(words.includes('nocopy') ? { volume: { nocopy: true } } : {}),
    ...(Object.keys(bind).length > 0 ? { bind } : {}),
  }
}

/** At colons, but not at that of a Windows drive. */
function split(spec: string): string[] {
  const parts: string[] = []
  for (const part of spec.split(':')) {
    const last = parts.at(-1)
    if (last !== undefined && /^[a-zA-Z]$/.test(last) && /^[\\/]/.test(part) && parts.length !== 2) parts[parts.length - 1] = `${last}:${part}`
    else parts.push(part)
  }
  return parts
}

function isPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith('\\\\') || /^[a-zA-Z]:[\\/]/.test(source)
}
