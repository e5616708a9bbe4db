const KEYWORDS = new Set(['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'])
const ESCAPES: readonly (readonly [text: string, escape: string])[] = [['__', '__underscores__'], ['.', '__dot__'], ['-', '__dash__'], ['/', '__slash__']]

/** A field's name as an expression writes it: `my-field` is `my__dash__field`, `namespace` is `__namespace__`. Undefined where it cannot be written. */
export function escaped(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`
  const text = name.replace(/__|[./-]/g, (found) => ESCAPES.find(([plain]) => plain === found)?.[1] ?? found)
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : undefined
}

/** The field's name of what an expression writes. */
export function unescaped(text: string): string {
  const keyword = /^__([a-z]+)__$/.exec(text)?.[1]
  if (keyword !== undefined && KEYWORDS.has(keyword)) return keyword
  return text.replace(/__(underscores|dot|dash|slash)__/g, (found) => ESCAPES.find(([, escape]) => escape === found)?.[0] ?? found)
}
