import { CST, Lexer } from 'yaml'
import type { Span } from './place.ts'

/** More than anything that people write, and far less than what the stack holds. */
export const MAX_DEPTH = 200

/**
 * Where the YAML text is nested deeper than `limit` levels, as an offset; undefined: nowhere. Told from its tokens alone, without a parser: parsers work themselves into the depth, and where the stack
 * is nearly used up V8 ends the whole process when it has to compile a regular expression there, which no `catch` sees.
 * A list on the column of its key (`a:` above `- b`) counts as one level with it, so up to twice the limit may pass.
 */
export function deepAt(text: string, limit = MAX_DEPTH): number | undefined {
  const blocks: number[] = []
  let flows = 0
  let offset = 0
  let column = 0
  let beginsNode = true
  const begin = (): void => {
    while ((blocks.at(-1) ?? -1) >= column) blocks.pop()
    blocks.push(column)
  }
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    // Marks of the lexer, not of the text.
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue
    if (type === 'flow-map-start' || type === 'flow-seq-start') flows++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flows = Math.max(0, flows - 1)
    else if (flows === 0 && (type === 'seq-item-ind' || type === 'explicit-key-ind')) begin()
    else if (flows === 0 && beginsNode && type !== 'space' && type !== 'newline' && type !== 'comment') {
      begin()
      beginsNode = false
    }
    if (blocks.length + flows > limit) return offset
    offset += token.length
    const lastLine = token.lastIndexOf('\n')
    column = lastLine < 0 ? column + token.length : token.length - lastLine - 1
    if (type === 'seq-item-ind' || type === 'explicit-key-ind' || token.endsWith('\n')) beginsNode = true
  }
  return undefined
}

/** What to tell people about a text that is nested too deep, and where; undefined: it is not. */
export function tooDeep(text: string): ({ severity: 'error'; message: string } & Span) | undefined {
  const at = deepAt(text)
  if (at === undefined) return undefined
  const before = text.slice(0, at).split('\n')
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1]
  return { severity: 'error', message: `This YAML is nested deeper than ${String(MAX_DEPTH)} levels here: nothing that Toque reads is. Look for a bracket or a dash too many.`, line, column, endLine: line, endColumn: column + 1 }
}
