import type { SwarmNode } from '../picture.ts'

/** Does the node meet a placement constraint such as `node.labels.zone == b`, as swarmkit compares: without regard to case? One that is not understood is met by none. Pure. */
export function meets(node: SwarmNode, constraint: string): boolean {
  const [, key = '', operator, value = ''] = /^\s*([^=!\s]+)\s*(==|!=)\s*(.*?)\s*$/.exec(constraint) ?? []
  if (operator === undefined) return false
  const actual = valueOf(node, key)
  if (actual === undefined) return false
  return (actual.toLowerCase() === value.toLowerCase()) === (operator === '==')
}

/** A label that a node has not is ''; undefined: there is no such key. */
function valueOf({ ID, Spec, Description, Status }: SwarmNode, key: string): string | undefined {
  const plain: Readonly<Record<string, string | undefined>> = {
    'node.id': ID, 'node.hostname': Description?.Hostname ?? '', 'node.ip': Status.Addr ?? '', 'node.role': Spec.Role ?? 'worker',
    'node.platform.os': Description?.Platform?.OS ?? '', 'node.platform.arch': Description?.Platform?.Architecture ?? '',
  }
  const known = plain[key.toLowerCase()]
  if (known !== undefined) return known
  if (key.startsWith('node.labels.')) return Spec.Labels?.[key.slice('node.labels.'.length)] ?? ''
  return key.startsWith('engine.labels.') ? (Description?.Engine?.Labels?.[key.slice('engine.labels.'.length)] ?? '') : undefined
}
