/** The text of a declaration's doc comment; '' where it has none. */
export function docOf(node) {
  const comment = node.jsDoc?.at(-1)?.comment
  return (typeof comment === 'string' ? comment : (comment ?? []).map((part) => part.text ?? '').join('')).replaceAll('\\*', '*').trim()
}
