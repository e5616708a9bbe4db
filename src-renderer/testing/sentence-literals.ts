import { readFileSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import ts from 'typescript'

/** A text that a source file can say: with numbered holes where values go in. */
export interface Literal {
  /** Under src-main, with forward slashes. */
  readonly file: string
  readonly template: string
}

const HOLE = '\u0000'
/** A text of more ways than this is not written out: its pieces count by themselves. */
const MOST_WAYS = 64

/** All texts that the sources under a folder can say, tests and generated files apart. A text with branches in it (`${n === 1 ? 'task' : 'tasks'}`) is each of its ways. */
export function literalsUnder(dir: string): Literal[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|itest|fixture)\.ts$|[/\\]?(?:testing|generated)[/\\]/.test(file))
    .flatMap((file) => literalsOf(readFileSync(join(dir, file), 'utf8')).map((template) => ({ file: file.replaceAll(sep, '/'), template })))
}

/** The texts of one source. Pure. */
export function literalsOf(source: string): string[] {
  const found: string[] = []
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  const choices = choicesOf(file)
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return
    const values: ts.Node[] = []
    const ways = isText(node) ? waysOf(node, { values, choices }) : undefined
    if (ways === undefined) ts.forEachChild(node, visit)
    else {
      found.push(...ways.map(numbered))
      values.forEach(visit)
    }
  }
  visit(file)
  return found
}

interface Surroundings {
  /** What stands in holes, and conditions, are put here: there may be texts in them. */
  readonly values: ts.Node[]
  /** What a name stands for, where it is one of a few texts. */
  readonly choices: ReadonlyMap<string, ts.ConditionalExpression>
}

/** The names of `const place = here ? 'on this server' : 'elsewhere'`: the texts are a part of the sentences that they are put into. */
function choicesOf(file: ts.SourceFile): Map<string, ts.ConditionalExpression> {
  const found = new Map<string, ts.ConditionalExpression>()
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined && ts.isConditionalExpression(node.initializer)) {
      const { whenTrue, whenFalse } = node.initializer
      if ([whenTrue, whenFalse].every((text) => ts.isStringLiteral(text) && /\s/.test(text.text))) found.set(node.name.text, node.initializer)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function isText(node: ts.Node): node is ts.Expression {
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node) || isSum(node)
}

function isSum(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken
}

/** The texts that an expression may come to; undefined where they are too many. */
function waysOf(node: ts.Expression, around: Surroundings): string[] | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text]
  if (ts.isParenthesizedExpression(node)) return waysOf(node.expression, around)
  if (ts.isConditionalExpression(node)) {
    around.values.push(node.condition)
    const [yes, no] = [waysOf(node.whenTrue, around), waysOf(node.whenFalse, around)]
    return yes === undefined || no === undefined ? undefined : [...yes, ...no]
  }
  if (isSum(node)) return together(waysOf(node.left, around), waysOf(node.right, around))
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce<string[] | undefined>((before, { expression, literal }) => together(together(before, waysOf(expression, around)), [literal.text]), [node.head.text])
  }
  const choice = ts.isIdentifier(node) ? around.choices.get(node.text) : undefined
  if (choice !== undefined) return waysOf(choice, around)
  around.values.push(node)
  return [HOLE]
}

function together(before: readonly string[] | undefined, after: readonly string[] | undefined): string[] | undefined {
  if (before === undefined || after === undefined || before.length * after.length > MOST_WAYS) return undefined
  return before.flatMap((a) => after.map((b) => a + b))
}

/** Holes by number; two side by side are one. The blanks around it are the sentence's that it is a part of. */
function numbered(way: string): string {
  let hole = 0
  return way.trim().replace(/\0+/g, () => `{${String(hole++)}}`)
}
