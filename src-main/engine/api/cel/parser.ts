import type { Expr, MacroName } from './ast.ts'
import { CelSyntaxError } from './errors.ts'
import { tokensOf } from './lexer.ts'
import type { Token } from './lexer.ts'
import { Uint } from './values.ts'

const MOST_DEPTH = 200
const RESERVED = new Set(['as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'])
const MACROS: Readonly<Record<string, MacroName>> = { all: 'all', exists: 'exists', exists_one: 'exists_one', existsOne: 'exists_one', map: 'map', filter: 'filter' }
const RELATIONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in'])

/** Reads an expression; CelSyntaxError, with the place, where it is none. */
export function parse(source: string): Expr {
  return new Parser(source).whole()
}

class Parser {
  readonly #source: string
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#tokens = tokensOf(source)
  }

  whole(): Expr {
    const expr = this.#expression()
    if (this.#peek.is !== 'end') throw this.#unexpected()
    return expr
  }

  get #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #is(text: string): boolean {
    const { is, text: found } = this.#peek
    return found === text && (is === 'op' || (is === 'ident' && text === 'in'))
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false
    this.#next++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(`expecting '${text}'`)
  }

  #unexpected(expecting = ''): CelSyntaxError {
    const { text, at } = this.#peek
    return new CelSyntaxError(this.#source, at, `Syntax error: mismatched input '${text}'${expecting === '' ? '' : ` ${expecting}`}`)
  }

  /** What is nested too deep is refused before it overflows the stack. */
  #nested<T>(read: () => T): T {
    if (++this.#depth > MOST_DEPTH) throw new CelSyntaxError(this.#source, this.#peek.at, `expression recursion limit exceeded: ${String(MOST_DEPTH)}`)
    try {
      return read()
    } finally {
      this.#depth--
    }
  }

  #expression(): Expr {
    return this.#nested(() => {
      const condition = this.#binary(0)
      const { at } = this.#peek
      if (!this.#take('?')) return condition
      const yes = this.#binary(0)
      this.#expect(':')
      return call(at, '_?_:_', [condition, yes, this.#expression()])
    })
  }

  /** From `||`, which binds least, to `*`. */
  #binary(level: number): Expr {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    let length = 0
    for (;;) {
      const { text, at } = this.#peek
      if (!operators.has(text) || !this.#take(text)) return left
      // A chain is a tree as deep as it is long.
      if (++length > MOST_DEPTH * 5) throw new CelSyntaxError(this.#source, at, 'expression recursion limit exceeded')
      left = call(at, text === 'in' ? '@in' : `_${text}_`, [left, this.#binary(level + 1)])
    }
  }

  #unary(): Expr {
    const { at, text } = this.#peek
    if (this.#is('!')) {
      this.#next++
      return this.#nested(() => call(at, '!_', [this.#unary()]))
    }
    if (!this.#is('-')) return this.#member()
    this.#next++
    const number = this.#peek
    // The smallest int has no positive twin.
    if (text === '-' && (number.is === 'int' || number.is === 'double')) {
      this.#next++
      return this.#members({ at, is: 'literal', value: this.#number(number, true) })
    }
    return this.#nested(() => call(at, '-_', [this.#unary()]))
  }

  #member(): Expr {
    return this.#members(this.#primary())
  }

  #members(first: Expr): Expr {
    let expr = first
    for (let steps = 0; ; steps++) {
      const { at } = this.#peek
      if (steps > MOST_DEPTH * 5) throw new CelSyntaxError(this.#source, at, 'expression recursion limit exceeded')
      if (this.#take('.')) {
        const optional = this.#take('?')
        const name = this.#name()
        if (!optional && this.#is('(')) expr = this.#method(at, expr, name)
        else expr = { at, is: 'select', operand: expr, field: name, test: false, optional }
      } else if (this.#take('?.')) expr = { at, is: 'select', operand: expr, field: this.#name(), test: false, optional: true }
      else if (this.#take('[?')) {
        expr = call(at, '_[?_]', [expr, this.#expression()])
        this.#expect(']')
      } else if (this.#take('[')) {
        const optional = this.#take('?')
        expr = call(at, optional ? '_[?_]' : '_[_]', [expr, this.#expression()])
        this.#expect(']')
      } else return expr
    }
  }

  #name(): string {
    const { is, text } = this.#peek
    if (is !== 'ident') throw this.#unexpected('expecting IDENTIFIER')
    this.#next++
    return text
  }

  #method(at: number, target: Expr, name: string): Expr {
    const args = this.#arguments()
    const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined
    if (macro !== undefined && (args.length === 2 || (args.length === 3 && macro === 'map'))) {
      const body = args.at(-1) as Expr
      return { at, is: 'macro', macro, range: target, variable: this.#variable(args[0] as Expr), condition: args.length === 3 ? args[1] : undefined, body }
    }
    if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) return { at, is: 'bind', how: name, variable: this.#variable(args[0] as Expr), value: target, body: args[1] as Expr }
    if (name === 'bind' && target.is === 'ident' && target.name === 'cel' && args.length === 3) return { at, is: 'bind', how: 'bind', variable: this.#variable(args[0] as Expr), value: args[1] as Expr, body: args[2] as Expr }
    return { at, is: 'call', name, target, args }
  }

  #variable(expr: Expr): string {
    if (expr.is !== 'ident') throw new CelSyntaxError(this.#source, expr.at, 'argument must be a simple name')
    return expr.name
  }

  #arguments(): Expr[] {
    this.#expect('(')
    const args: Expr[] = []
    if (this.#take(')')) return args
    do args.push(this.#expression())
    while (this.#take(','))
    this.#expect(')')
    return args
  }

  #primary(): Expr {
    const token = this.#peek
    const { at } = token
    switch (token.is) {
      case 'int':
      case 'uint':
      case 'double':
        this.#next++
        return { at, is: 'literal', value: this.#number(token, false) }
      case 'string':
      case 'bytes':
        this.#next++
        return { at, is: 'literal', value: token.value as string | Uint8Array }
      case 'ident': return this.#identifier(token)
      default: break
    }
    if (this.#take('(')) {
      const inner = this.#expression()
      this.#expect(')')
      return inner
    }
    if (this.#is('[') || this.#is('[?')) return this.#list(at)
    if (this.#take('{')) return this.#map(at)
    // A name from the outermost: the same here.
    if (this.#take('.')) return this.#identifier(this.#peek)
    throw this.#unexpected()
  }

  #identifier(token: Token): Expr {
    const name = this.#name()
    const { at } = token
    if (name === 'true' || name === 'false') return { at, is: 'literal', value: name === 'true' }
    if (name === 'null') return { at, is: 'literal', value: null }
    if (name === 'in' || RESERVED.has(name)) throw new CelSyntaxError(this.#source, at, `Syntax error: reserved identifier: ${name}`)
    if (!this.#is('(')) return { at, is: 'ident', name }
    const args = this.#arguments()
    if (name !== 'has' || args.length !== 1) return { at, is: 'call', name, target: undefined, args }
    const [tested] = args
    if (tested?.is !== 'select') throw new CelSyntaxError(this.#source, at, 'invalid argument to has() macro')
    return { ...tested, at, test: true }
  }

  #list(at: number): Expr {
    const items: { value: Expr; optional: boolean }[] = []
    let optional = this.#take('[?')
    if (!optional) this.#expect('[')
    while (!this.#take(']')) {
      optional = optional || this.#take('?')
      items.push({ value: this.#expression(), optional })
      optional = false
      if (this.#is(']')) continue
      this.#expect(',')
    }
    return { at, is: 'list', items }
  }

  #map(at: number): Expr {
    const entries: { key: Expr; value: Expr; optional: boolean }[] = []
    while (!this.#take('}')) {
      const optional = this.#take('?')
      const key = this.#expression()
      this.#expect(':')
      entries.push({ key, value: this.#expression(), optional })
      if (this.#is('}')) continue
      this.#expect(',')
    }
    return { at, is: 'map', entries }
  }

  #number({ is, text, at }: Token, negative: boolean): bigint | number | Uint {
    if (is === 'double') return Number(text) * (negative ? -1 : 1)
    const value = BigInt(text) * (negative ? -1n : 1n)
    if (is === 'uint') {
      if (value > 0xffff_ffff_ffff_ffffn) throw new CelSyntaxError(this.#source, at, 'invalid uint literal')
      return new Uint(value)
    }
    if (BigInt.asIntN(64, value) !== value) throw new CelSyntaxError(this.#source, at, 'invalid int literal')
    return value
  }
}

const LEVELS: readonly ReadonlySet<string>[] = [new Set(['||']), new Set(['&&']), RELATIONS, new Set(['+', '-']), new Set(['*', '/', '%'])]

function call(at: number, name: string, args: readonly Expr[]): Expr {
  return { at, is: 'call', name, target: undefined, args }
}
