import { withParticle } from './particles.ts'
import { SentenceTemplates } from './sentence-templates.ts'
import type { Template } from './sentence-templates.ts'

/** A template with fewer letters of its own may be said by others, too: then it is one of ours only with names in its holes. */
const PLAIN_LETTERS = 14
/** Texts longer than this are no sentences. */
const LONGEST = 4000
const KEPT = 2000
/** Where one sentence ends and the next begins. */
const BOUNDARY = /[.?!] +[\p{Lu}"]/u
/** How what is said of a name begins. */
const PREDICATE = /^(?:must|has|have|cannot|does|keeps|needs|is|are) /
/** So many words a name has at most before what is said of it: `Job "a"`, `A Deployment`. */
const LONGEST_NAME = 4

interface Match {
  /** A value of it goes over the end of a sentence. */
  readonly swallows: boolean
  words(): string
}

/**
 * Sentences of one language with their words in another: templates with numbered holes, `Of {0} managers {1} answer.` A text is translated where a whole template
 * matches it; a hole's value may be a sentence, a phrase or a list of names itself. A single word in a hole stays, for a service may be called "worker"; `{0!}` in the
 * translation says that it is a word and no name. What no template knows stays as it is: other programs' words. Pure but for a memory of what was asked for.
 */
export class SentenceBook {
  readonly #templates = new SentenceTemplates()
  readonly #known = new Map<string, string>()
  readonly #and: string

  /** `entries`: template to template. `and`: between the names of a list, in place of English's commas and "and". */
  constructor(entries: Iterable<readonly [string, string]>, and = ', ') {
    this.#and = and
    for (const [from, to] of entries) this.#templates.add(from, to)
  }

  /** The text in the book's other language, or as it is. */
  translate(text: string): string {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    // Some of Kubernetes' messages end in a space.
    const words = text.trimEnd()
    const made = text.length > LONGEST ? text : this.#whole(words) + text.slice(words.length)
    if (this.#known.size >= KEPT) this.#known.clear()
    this.#known.set(text, made)
    return made
  }

  #whole(text: string): string {
    const found = this.#best(text, true)
    if (found?.swallows === false) return found.words()
    const { words, isAll } = this.#bySentences(text)
    return isAll ? words : found?.words() ?? this.#afterName(text) ?? this.#predicate(text) ?? words
  }

  #match(text: string, isWhole: boolean): string | undefined {
    return this.#best(text, isWhole)?.words()
  }

  /** By the template that says most of the text, one whose values are no sentences before one that takes the next sentence for a value; undefined: there is none. */
  #best(text: string, isWhole: boolean): Match | undefined {
    let best: { template: Template; values: string[]; swallows: boolean } | undefined
    for (const { template, values } of this.#templates.matching(text)) {
      if (isWhole && !template.tells) continue
      if (isWhole && template.letters < PLAIN_LETTERS && !values.every((value, i) => this.#fits(value, template.parts[i] ?? ''))) continue
      const swallows = values.some((value) => BOUNDARY.test(value))
      // One that says so little may not take whole sentences for the number in "{0} tasks".
      if (swallows && !template.tells) continue
      if (best === undefined || (best.swallows && !swallows) || (best.swallows === swallows && template.letters > best.template.letters)) best = { template, values, swallows }
    }
    if (best === undefined) return undefined
    const { template, values, swallows } = best
    return { swallows, words: () => this.#fill(template.to, values) }
  }

  /** May this stand in a hole of a template that says little? After a colon or a bracket anything may, elsewhere names and what is known. */
  #fits(value: string, before: string): boolean {
    return /(?:: |\()$/.test(before) || value.split(/,? and |, /).every((item) => /^\S*$/.test(item)) || this.#match(value.trim(), false) !== undefined
  }

  #fill(to: string, values: readonly string[]): string {
    return to.split(/(?=\{\d+!?\})/).map((part) => {
      const [hole, number, word] = /^\{(\d+)(!?)\}/.exec(part) ?? []
      if (hole === undefined) return part
      const value = this.#value(values[Number(number)] ?? '', word === '!')
      return value + withParticle(value, part.slice(hole.length))
    }).join('')
  }

  /** What stood in a hole, with the blanks around it: a sentence, a phrase, a list of such, or what has to stay. */
  #value(padded: string, isWord: boolean): string {
    const text = padded.trim()
    if (text === '' || (!isWord && /^\S+$/.test(text))) return padded
    const made = this.#templates.exact(text) ?? this.#list(text) ?? this.#match(text, false) ?? this.#afterName(text) ?? this.#predicate(text) ?? this.#bySentences(text).words
    // Korean puts no blank before a bracket.
    return (made !== text && made.startsWith('(') ? padded.trimStart() : padded).replace(text, () => made)
  }

  /** `a, b and c` or `a; b`, of single words or of phrases that are known; `a, b` of phrases. */
  #list(text: string): string | undefined {
    const [, before, last] = /^(.+) and (.+?)$/s.exec(text) ?? []
    const names = before === undefined || last === undefined ? undefined : this.#items([...before.split(', '), last])
    if (names !== undefined) return names.join(this.#and)
    if (text.includes('; ')) return this.#items(text.split('; '))?.join('; ')
    const phrases = text.split(', ').map((item) => this.#match(item, false))
    return phrases.length > 1 && phrases.every((item) => item !== undefined) ? phrases.join(', ') : undefined
  }

  #items(items: readonly string[]): string[] | undefined {
    const made = items.map((item) => (/^\S+$/.test(item) ? item : this.#match(item, false)))
    return made.every((item) => item !== undefined) ? made : undefined
  }

  /** `web-1: A sentence.` */
  #afterName(text: string): string | undefined {
    const at = text.indexOf(': ')
    if (at < 0) return undefined
    const [name, said] = [text.slice(0, at), text.slice(at + 2)]
    const made = this.#match(said, true)
    return made === undefined ? undefined : `${this.#match(name, false) ?? name}: ${made}`
  }

  /** `services.web.init must be true or false.`: what is said of a name is known by itself. Then the name stands before it. */
  #predicate(text: string): string | undefined {
    let at = text.indexOf(' ')
    for (let words = 1; at >= 0 && words <= LONGEST_NAME; words++, at = text.indexOf(' ', at + 1)) {
      const said = text.slice(at + 1)
      if (!PREDICATE.test(said)) continue
      const made = this.#match(said, true) ?? (said.endsWith('.') ? this.#match(said.slice(0, -1), true)?.concat('.') : undefined)
      if (made !== undefined) return `${text.slice(0, at).replace(/^(?:An?|The) /, '')}: ${made}`
    }
    return undefined
  }

  /** Several sentences in a row, each by itself, the longest that is known first. `isAll`: all of them are known. */
  #bySentences(text: string): { words: string; isAll: boolean } {
    const pieces = text.split(/(?<=[.?!])\s+(?=\S)/)
    if (pieces.length < 2) return { words: text, isAll: false }
    const made: { words: string; count: number; isKnown: boolean }[] = []
    for (let at = 0; at < pieces.length; at += made.at(-1)?.count ?? 1) made.push(this.#longest(pieces, at))
    return { words: made.map(({ words }) => words).join(' '), isAll: made.every(({ isKnown }) => isKnown) }
  }

  #longest(pieces: readonly string[], at: number): { words: string; count: number; isKnown: boolean } {
    for (let count = Math.min(4, pieces.length - at); count > 0; count--) {
      const text = pieces.slice(at, at + count).join(' ')
      const found = this.#best(text, true)
      const words = found?.swallows === false ? found.words() : count > 1 ? undefined : found?.words() ?? this.#afterName(text) ?? this.#predicate(text)
      if (words !== undefined) return { words, count, isKnown: true }
    }
    return { words: pieces[at] ?? '', count: 1, isKnown: false }
  }
}
