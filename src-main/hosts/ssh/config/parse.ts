/** One line of an ssh_config file. */
export interface ConfigLine {
  /** In lower case. */
  keyword: string
  args: string[]
  /** From 1. */
  line: number
}

/** Reads the text of an ssh_config file: `Keyword arg "an arg"` or `Keyword=arg`, and comments. */
export function parseConfig(text: string): ConfigLine[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const match = /^\s*([A-Za-z]\w*)(?:\s*=\s*|\s+)(.*)$/.exec(content)
    if (match === null) return []
    const [, keyword = '', rest = ''] = match
    return [{ keyword: keyword.toLowerCase(), args: splitArgs(rest), line: index + 1 }]
  })
}

/** Splits at blanks outside of quotes; inside them a backslash keeps a quote or a backslash. What begins with # is a comment. */
function splitArgs(rest: string): string[] {
  const args: string[] = []
  for (const [whole, doubled, single] of rest.matchAll(/"((?:\\["\\]|[^"])*)"|'([^']*)'|\S+/g)) {
    if (whole.startsWith('#')) break
    args.push((doubled ?? single ?? whole).replace(/\\(["\\])/g, '$1'))
  }
  return args
}
