import type { DockerNode } from '../setup/docker-shapes.ts'

const CONSTRAINT = /^\s*([^=!\s]+)\s*(==|!=)\s*(.*?)\s*$/

/** Whether a node meets a placement constraint (`node.labels.disk==ssd`), as swarmkit's constraint package compares: without regard to case. Pure. */
export function meets(node: DockerNode, constraint: string): boolean {
  const [, key = '', operator, wanted = ''] = CONSTRAINT.exec(constraint) ?? []
  const value = valueOf(node, key)
  // What is no constraint matches nothing.
  if (operator === undefined || value === undefined) return false
  return (value.toLowerCase() === wanted.toLowerCase()) === (operator === '==')
}

/** The part of a constraint before its operator, and the value. */
export function partsOf(constraint: string): { key: string; equal: boolean; value: string } {
  const [, key = constraint, operator = '==', value = ''] = CONSTRAINT.exec(constraint) ?? []
  return { key, equal: operator === '==', value }
}

/** What a node has for a key; a label that it does not have counts as empty; undefined: there is no such key. Pure. */
export function valueOf(node: DockerNode, key: string): string | undefined {
  const lower = key.toLowerCase()
  switch (lower) {
    case 'node.id': return node.ID
    case 'node.hostname': return node.Description.Hostname
    case 'node.role': return node.Spec.Role
    case 'node.platform.os': return node.Description.Platform.OS
    case 'node.platform.arch': return node.Description.Platform.Architecture
    default:
      if (lower.startsWith('node.labels.')) return node.Spec.Labels?.[key.slice('node.labels.'.length)] ?? ''
      if (lower.startsWith('engine.labels.')) return node.Description.Engine.Labels?.[key.slice('engine.labels.'.length)] ?? ''
      return undefined
  }
}
