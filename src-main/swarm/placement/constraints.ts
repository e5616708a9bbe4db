/** What is read of a node, as Docker tells of it. */
export interface ConstrainedNode {
  readonly ID: string
  readonly Spec: { readonly Role?: string; readonly Labels?: Readonly<Record<string, string>> | null }
  readonly Description?: {
    readonly Hostname?: string
    readonly Platform?: { readonly Architecture?: string; readonly OS?: string }
    readonly Engine?: { readonly Labels?: Readonly<Record<string, string>> | null }
  }
  readonly Status: { readonly Addr?: string }
}

const CONSTRAINT = /^\s*([^=!\s]+)\s*(==|!=)\s*(.*?)\s*$/

/** Does the node meet a placement constraint such as `node.labels.disk==ssd`, as swarmkit's constraint package compares: without regard to case? One that is not understood is met by none. Pure. */
export function meets(node: ConstrainedNode, constraint: string): boolean {
  const [, key = '', operator, wanted = ''] = CONSTRAINT.exec(constraint) ?? []
  const value = valueOf(node, key)
  if (operator === undefined || value === undefined) return false
  return (value.toLowerCase() === wanted.toLowerCase()) === (operator === '==')
}

/** The part of a constraint before its operator, and the value. Pure. */
export function partsOf(constraint: string): { key: string; equal: boolean; value: string } {
  const [, key = constraint, operator = '==', value = ''] = CONSTRAINT.exec(constraint) ?? []
  return { key, equal: operator === '==', value }
}

/** What a node has for a key; a label that it does not have counts as empty; undefined: there is no such key. Pure. */
export function valueOf({ ID, Spec, Description, Status }: ConstrainedNode, key: string): string | undefined {
  const lower = key.toLowerCase()
  switch (lower) {
    case 'node.id': return ID
    case 'node.hostname': return Description?.Hostname ?? ''
    case 'node.ip': return Status.Addr ?? ''
    case 'node.role': return Spec.Role ?? 'worker'
    case 'node.platform.os': return Description?.Platform?.OS ?? ''
    case 'node.platform.arch': return Description?.Platform?.Architecture ?? ''
    default:
      if (lower.startsWith('node.labels.')) return Spec.Labels?.[key.slice('node.labels.'.length)] ?? ''
      if (lower.startsWith('engine.labels.')) return Description?.Engine?.Labels?.[key.slice('engine.labels.'.length)] ?? ''
      return undefined
  }
}
