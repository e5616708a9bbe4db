import { sentenceOf } from '../lib/errors.ts'

/** What a question was answered, or why it was not. The last one asked counts: an answer to an earlier one is dropped. */
export class Answer<T> {
  value = $state.raw<T>()
  /** A sentence, or ''. */
  error = $state('')
  #run = 0

  /** Asks anew; what was known goes, unless it is to `stay` until the answer comes. Never rejects. */
  async ask(question: () => Promise<T>, { stay = false }: { stay?: boolean } = {}): Promise<void> {
    const run = ++this.#run
    if (!stay) this.value = undefined
    this.error = ''
    try {
      const value = await question()
      if (run === this.#run) this.value = value
    } catch (error) {
      if (run === this.#run) this.error = sentenceOf(error)
    }
  }

  /** Nobody waits for it any more. */
  leave(): void {
    this.#run++
  }
}
