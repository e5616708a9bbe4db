/** A command line that cannot be split, in one sentence. */
export class ShellWordsError extends Error {}

/**
 * Splits a command line into words as Docker does: blanks part words; '...' keeps everything, "..." everything but the backslash; \ keeps the next character.
 * No variables, no wildcards: there is no shell.
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === "'" || c === '"') {
      const [text, end] = quoted(line, i)
      word = (word ?? '') + text
      i = end
    } else if (c === '\\') {
      if (i + 1 >= line.length) throw new ShellWordsError('The command ends with a backslash: double it, or write what it should keep as it is.')
      word = (word ?? '') + line.charAt(++i)
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (c === '#' && word === undefined) {
      // A comment, to the end of the line.
      while (i + 1 < line.length && line.charAt(i + 1) !== '\n') i++
    } else {
      word = (word ?? '') + c
    }
  }
  return word === undefined ? words : [...words, word]
}

/** What stands in quotes that open at `start`, and where they close. */
function quoted(line: string, start: number): [string, number] {
  const quote = line.charAt(start)
  let text = ''
  for (let i = start + 1; i < line.length; i++) {
    const c = line.charAt(i)
    if (c === quote) return [text, i]
    if (c === '\\' && quote === '"') text += line.charAt(++i)
    else text += c
  }
  throw new ShellWordsError(`The command has a ${quote} that is never closed.`)
}
