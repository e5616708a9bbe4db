/** Below this many letters of its own a template with holes says too little to know a whole text by: as a single word, it is taken for a value in another one only ("{0} tasks"). */
const TELLING_LETTERS = 8

/** A sentence with numbered holes, and the same one in another language. */
export interface Template {
  /** What stands before, between and after the holes: one more than there are holes. */
  readonly parts: readonly string[]
  readonly letters: number
  /** It says enough to know a whole text by. */
  readonly tells: boolean
  readonly to: string
}

/** Templates, found by the first or the last word of a text: there are thousands, and few of them begin alike. */
export class SentenceTemplates {
  /** Those without holes. */
  readonly #exact = new Map<string, string>()
  readonly #byFirstWord = new Map<string, Template[]>()
  readonly #byLastWord = new Map<string, Template[]>()
  readonly #others: Template[] = []

  add(from: string, to: string): void {
    const parts = from.split(/\{\d+\}/)
    const letters = from.replace(/\{\d+\}/g, '').replace(/[^\p{L}]/gu, '').length
    const template = { parts, letters, tells: parts.length === 1 ? /\s/.test(from) : letters >= TELLING_LETTERS, to }
    if (parts.length === 1) this.#exact.set(from, to)
    const first = parts.length === 1 ? firstWord(from) : /^\S+(?=\s)/.exec(parts[0] ?? '')?.[0]
    const last = /(?<=\s)\S+$/.exec(parts.at(-1) ?? '')?.[0]
    if (first !== undefined) into(this.#byFirstWord, first, template)
    else if (last !== undefined) into(this.#byLastWord, last, template)
    else this.#others.push(template)
  }

  /** The other language's text for one that is a template without holes. */
  exact(text: string): string | undefined {
    return this.#exact.get(text)
  }

  /** All that the text may be, with what then stands in their holes. */
  *matching(text: string): Generator<{ readonly template: Template; readonly values: string[] }> {
    for (const template of [...this.#byFirstWord.get(firstWord(text)) ?? [], ...this.#byLastWord.get(lastWord(text)) ?? [], ...this.#others]) {
      const values = valuesOf(template.parts, text)
      if (values !== undefined) yield { template, values }
    }
  }
}

function into(map: Map<string, Template[]>, word: string, template: Template): void {
  const there = map.get(word)
  if (there === undefined) map.set(word, [template])
  else there.push(template)
}

function firstWord(text: string): string {
  return /^\S*/.exec(text)?.[0] ?? ''
}

function lastWord(text: string): string {
  return /\S*$/.exec(text)?.[0] ?? ''
}

/** What stands in the holes, if the text is the template's: each literal part is looked for from left to right, the first and the last in their places. Pure. */
export function valuesOf(parts: readonly string[], text: string): string[] | undefined {
  const [first = '', ...rest] = parts
  if (rest.length === 0) return text === first ? [] : undefined
  const last = rest.at(-1) ?? ''
  const end = text.length - last.length
  if (!text.startsWith(first) || !text.endsWith(last) || end < first.length) return undefined
  const values: string[] = []
  let at = first.length
  for (const part of rest.slice(0, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return undefined
    values.push(text.slice(at, found))
    at = found + part.length
  }
  return [...values, text.slice(at, end)]
}
