/** What an exit code says by itself. */
export function exitWords(code: number): string {
  switch (code) {
    case 126: return 'exit code 126 (the command is not executable)'
    case 127: return 'exit code 127 (the command was not found)'
    case 137: return 'exit code 137 (it was killed)'
    case 139: return 'exit code 139 (a segmentation fault)'
    case 143: return 'exit code 143 (it was asked to end)'
    default: return `exit code ${String(code)}`
  }
}

/** A system's message, as a sentence of its own after ours; '' where there is none. */
export function asSentence(message: string | undefined): string {
  const text = (message ?? '').trim()
  if (text === '') return ''
  return ` ${text}${/[.!?]$/.test(text) ? '' : '.'}`
}
