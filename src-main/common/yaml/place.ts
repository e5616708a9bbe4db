import type { LineCounter, Node as YamlNode } from 'yaml'
import { isAlias, isMap, isScalar, isSeq } from 'yaml'

/** From where to where in a text, lines and columns from 1. */
export interface Span {
  line: number
  column: number
  endLine: number
  endColumn: number
}

/** The steps from a document's root to a field. */
export type Path = readonly (string | number)[]

/**
 * Where a field is in the text; `key`: the field's name, `value`: what it holds. A missing field is at the nearest one around it that is there.
 * Anchors and merge keys (`<<`) are followed: such a field is where it was written.
 */
export function placeOf(root: YamlNode, lines: LineCounter, path: Path, part: 'key' | 'value'): Span {
  let node: YamlNode = root
  let best = firstKey(root)
  for (const [i, step] of path.entries()) {
    const found = child(node, step, root)
    if (found === undefined) return spanOf(lines, best)
    const last = i === path.length - 1
    best = last && part === 'value' && isScalar(found.value) && isWritten(found.value) ? found.value : (found.key ?? found.value)
    node = found.value
  }
  return spanOf(lines, best)
}

/** `key:` with nothing after it has a value that is nowhere. */
function isWritten({ range }: YamlNode): boolean {
  return range !== null && range !== undefined && range[1] > range[0]
}

/** A step down: the value and, in a map, its key. */
function child(from: YamlNode, step: string | number, root: YamlNode): { key: YamlNode | undefined; value: YamlNode } | undefined {
  const node = target(from, root)
  if (isSeq(node)) {
    const item = (typeof step === 'number' ? node.items[step] : node.items.find((one) => isNamed(one, step))) as YamlNode | undefined
    return item === undefined ? undefined : { key: undefined, value: item }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
  if (pair === undefined) return merged(node.items, step, root)
  const key = pair.key as YamlNode
  return { key, value: (pair.value as YamlNode | null) ?? key }
}

/** In a list of names (`[front]`, `[A=1]`), the one of that name. */
function isNamed(item: unknown, name: string): boolean {
  return isScalar(item) && (String(item.value) === name || String(item.value).startsWith(`${name}=`))
}

function merged(items: readonly { key: unknown; value: unknown }[], step: string | number, root: YamlNode): ReturnType<typeof child> {
  for (const { key, value } of items) {
    if (!isScalar(key) || !(key.value === '<<' || String(key.source) === '<<') || value === null) continue
    const sources = isSeq(value) ? (value.items as YamlNode[]) : [value as YamlNode]
    for (const source of sources) {
      const found = child(source, step, root)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** What an alias stands for: the last anchor of that name before it. */
function target(node: YamlNode, root: YamlNode): YamlNode {
  if (!isAlias(node)) return node
  const before = node.range?.[0] ?? Infinity
  let found: YamlNode | undefined
  const look = (at: unknown): void => {
    if (isMap(at)) at.items.forEach((pair) => { look(pair.key); look(pair.value) })
    if (isSeq(at)) at.items.forEach(look)
    if ((isMap(at) || isSeq(at) || isScalar(at)) && at.anchor === node.source && (at.range?.[0] ?? 0) < before) found = at
  }
  look(root)
  return found ?? node
}

/** A whole document is shown at its first key, not as a red page. */
function firstKey(node: YamlNode): YamlNode {
  return isMap(node) && node.items[0] !== undefined ? (node.items[0].key as YamlNode) : node
}

/** A node's place; of a map or a list its first character. */
export function spanOf(lines: LineCounter, node: YamlNode): Span {
  if (isMap(node) || isSeq(node)) {
    const start = node.range?.[0] ?? 0
    return span(lines, start, start + 1)
  }
  return node.range ? span(lines, node.range[0], node.range[1]) : span(lines, 0, 1)
}

/** Offsets of a text as lines and columns; at least one character wide. */
export function span(lines: LineCounter, from: number, to: number): Span {
  const start = lines.linePos(from)
  const end = lines.linePos(Math.max(to, from + 1))
  return { line: Math.max(1, start.line), column: Math.max(1, start.col), endLine: Math.max(1, end.line), endColumn: Math.max(1, end.col) }
}

/** What the YAML reader says, as one of our sentences. */
export function syntaxMessage(message: string): string {
  return `This is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}
