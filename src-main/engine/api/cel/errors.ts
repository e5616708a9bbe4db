/** An expression that cannot be read, with its place as upstream shows it. */
export class CelSyntaxError extends Error {
  override readonly name = 'CelSyntaxError'

  constructor(source: string, at: number, message: string) {
    const before = source.slice(0, at)
    const line = before.split('\n').length
    const column = at - (before.lastIndexOf('\n') + 1)
    const text = source.split('\n')[line - 1] ?? ''
    super(`ERROR: <input>:${String(line)}:${String(column + 1)}: ${message}\n | ${text}\n | ${'.'.repeat(column)}^`)
  }
}

/** Something went wrong while an expression was evaluated: `no such key: x`. What `||` and `&&` may forget. */
export class CelError extends Error {
  override readonly name = 'CelError'
}

/** An expression that took too much. Nothing forgets it. */
export class CelBudgetError extends Error {
  override readonly name = 'CelBudgetError'

  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}
