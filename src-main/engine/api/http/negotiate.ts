import { StatusError } from '../../../common/errors.ts'
import { PROTOBUF } from '../protobuf/envelope.ts'

/** In which shape and encoding a client wants its answer. */
export interface Wanted {
  encoding: 'json' | 'yaml' | 'protobuf'
  /** The object itself, a printed table, or its metadata only. */
  as: 'object' | 'table' | 'metadata'
  /** The version of the table or metadata: `v1` or `v1beta1`. */
  version: 'v1' | 'v1beta1'
}

interface MediaType {
  type: string
  parameters: Record<string, string>
  quality: number
}

/** The media types of an Accept header, best first. */
export function parseAccept(header: string | undefined): MediaType[] {
  return (header ?? '*/*').split(',').map((part, index) => {
    const [type = '', ...rest] = part.split(';').map((p) => p.trim())
    const parameters = Object.fromEntries(rest.map((p) => {
      const [key = '', value = ''] = p.split('=')
      return [key.trim(), value.trim()] as const
    }))
    return { type: type.toLowerCase(), parameters, quality: Number(parameters['q'] ?? 1), index }
  }).sort((a, b) => b.quality - a.quality || a.index - b.index)
}

/** Picks the first thing of an Accept header that can be given; NotAcceptable when there is none. `protobuf`: what is asked for has that form. */
export function negotiate(header: string | undefined, protobuf = false): Wanted {
  for (const { type, parameters } of parseAccept(header)) {
    const encoding = type === PROTOBUF && protobuf ? 'protobuf' : type === 'application/yaml' || type === 'text/yaml' ? 'yaml' : ['application/json', '*/*', 'application/*', 'text/plain', 'text/*', ''].includes(type) ? 'json' : undefined
    if (encoding === undefined) continue
    const { as, g, v } = parameters
    if (as === undefined) return { encoding, as: 'object', version: 'v1' }
    if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) continue
    // A table has no protobuf, upstream's neither.
    if (as === 'Table' && encoding !== 'protobuf') return { encoding, as: 'table', version: v }
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { encoding, as: 'metadata', version: v }
  }
  throw notAcceptable()
}

/** Nothing of what an Accept header asks for can be given. */
export function notAcceptable(): StatusError {
  return new StatusError('NotAcceptable', 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf')
}
