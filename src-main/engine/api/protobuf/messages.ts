import table from './messages.json' with { type: 'json' }

/** One field of a message, on the wire and in JSON. */
export interface Field {
  readonly number: number
  /** In JSON; meaningless where the field is inlined. */
  readonly name: string
  /** `string`, `int`, `bool`, `bytes`, `double`, or a message's name. */
  readonly type: string
  readonly shape: 'one' | 'list' | 'map'
  /** A zero is said, and kept: Go has a pointer there, or its JSON never leaves the field out. */
  readonly keepZero: boolean
  /** The message's own fields stand beside this one's in JSON. */
  readonly inlined: boolean
}

/** A message's fields by number. */
export type Message = ReadonlyMap<number, Field>

const { kinds, messages } = table as { kinds: Readonly<Record<string, string>>; messages: Readonly<Record<string, string>> }
const read = new Map<string, Message>()
/** They are asked for in every group's name. */
const OF_ALL_GROUPS = new Set(['CreateOptions', 'DeleteOptions', 'GetOptions', 'ListOptions', 'PatchOptions', 'Status', 'UpdateOptions'])

/** The message of a kind (`apps/v1`, `Deployment`); undefined for one that has none: only Kubernetes' own kinds are read and written in protobuf. */
export function messageOfKind(apiVersion: string, kind: string): string | undefined {
  const id = OF_ALL_GROUPS.has(kind) ? `meta.k8s.io/v1/${kind}` : `${apiVersion.replace('meta.k8s.io/v1beta1', 'meta.k8s.io/v1')}/${kind}`
  return Object.hasOwn(kinds, id) ? kinds[id] : undefined
}

/** A message by its name: `core.v1.PodSpec`. */
export function messageOf(name: string): Message {
  let message = read.get(name)
  if (message === undefined) {
    const text = messages[name]
    if (text === undefined) throw new Error(`no message is called ${name}`)
    message = new Map(text.split('; ').filter(Boolean).map((line) => {
      const field = fieldOf(line)
      return [field.number, field]
    }))
    read.set(name, message)
  }
  return message
}

/** `5 replicas int ?`: number, name, type, then `*` for a list, `{}` for a map, `?` for a zero that is said, `^` for what is inlined. */
function fieldOf(line: string): Field {
  const [number = '', name = '', type = '', flags = ''] = line.split(' ')
  return {
    number: Number(number), name, type, shape: flags.includes('*') ? 'list' : flags.includes('{}') ? 'map' : 'one', keepZero: flags.includes('?'), inlined: flags.includes('^'),
  }
}
