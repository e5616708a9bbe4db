import { sentence } from './sentence.ts'

/** What to tell a person about a thrown thing: its sentence, without a stack or a class name, in the screens' language where it is one of ours. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const first = text.replace(/^(?:[A-Za-z]*Error:\s*)+/, '').split(/\n\s+at /)[0] ?? text
  return sentence(first.trim() === '' ? 'Unknown error' : first.trim())
}
