/**
 * An error for people: its sentence, and what caused it where that says more; on one line or few. `withStack`: for whoever looks for a bug.
 * Never throws, whatever was thrown. Pure.
 */
export function errorText(error: unknown, withStack = false): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : safeJson(error)
  const parts: string[] = []
  // A cause may lead back to itself.
  const seen = new Set<Error>()
  for (let at: unknown = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at)
    const sentence = at.message === '' ? at.name : at.message
    // A bug's message is no sentence: its kind helps whoever reports it.
    const text = at instanceof TypeError || at instanceof ReferenceError || at instanceof RangeError ? `${at.name}: ${sentence}` : sentence
    if (!parts.some((part) => part.includes(sentence))) parts.push(text)
  }
  if (withStack) return [...seen].map((one) => one.stack ?? one.message).join('\nCaused by: ')
  return parts.join('; because: ')
}

/** From here on `console.error` tells errors as `errorText` does, those that libraries print by themselves too. For a program's entry point. */
export function speakPlainly(withStack: boolean): void {
  const say = console.error.bind(console)
  console.error = (...parts: unknown[]) => say(...parts.map((part) => (part instanceof Error ? errorText(part, withStack) : part)))
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
