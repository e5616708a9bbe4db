/** What to tell a person about a thrown thing: its sentence, without a stack or a class name. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const first = text.replace(/^(?:[A-Za-z]*Error:\s*)+/, '').split(/\n\s+at /)[0] ?? text
  return first.trim() === '' ? 'Unknown error' : first.trim()
}
