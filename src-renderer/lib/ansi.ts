/** A piece of a log line in one style. `colour` is a CSS value, '' the text's own. */
export interface Piece {
  text: string
  colour: string
  bold: boolean
}

const COLOURS: Record<number, string> = {
  30: 'var(--ink-3)', 31: 'var(--bad)', 32: 'var(--ok)', 33: 'var(--warn)', 34: 'var(--info)', 35: 'var(--accent)', 36: 'var(--memory)', 37: '',
  90: 'var(--ink-3)', 91: 'var(--bad)', 92: 'var(--ok)', 93: 'var(--warn)', 94: 'var(--info)', 95: 'var(--accent)', 96: 'var(--memory)', 97: '',
}
const SEQUENCE = /\u001b\[([\d;]*)m|\u001b\[[\d;?]*[A-Za-z]|\u001b\][^\u0007]*\u0007|[\u0000-\u0008\u000b-\u001f]/g

/** A log line with terminal colours as styled pieces; other control sequences are left out. */
export function parseAnsi(line: string): Piece[] {
  const pieces: Piece[] = []
  let colour = ''
  let bold = false
  let at = 0
  const add = (text: string): void => {
    if (text !== '') pieces.push({ text, colour, bold })
  }
  for (const match of line.matchAll(SEQUENCE)) {
    add(line.slice(at, match.index))
    at = match.index + match[0].length
    if (match[1] === undefined) continue
    for (const code of match[1].split(';').map(Number)) {
      if (code === 0) [colour, bold] = ['', false]
      else if (code === 1) bold = true
      else if (code === 22) bold = false
      else if (code === 39) colour = ''
      else colour = COLOURS[code] ?? colour
    }
  }
  add(line.slice(at))
  return pieces
}

/** The line without any control sequence. */
export function plainText(line: string): string {
  return line.replace(SEQUENCE, '')
}

/** Cuts the pieces so that each occurrence of `query` (any case) is pieces of its own, marked as found. */
export function markFound(pieces: Piece[], query: string): (Piece & { found: boolean })[] {
  if (query === '') return pieces.map((p) => ({ ...p, found: false }))
  const text = pieces.map((p) => p.text).join('').toLowerCase()
  const needle = query.toLowerCase()
  const cuts: { from: number; to: number }[] = []
  for (let i = text.indexOf(needle); i >= 0; i = text.indexOf(needle, i + needle.length)) cuts.push({ from: i, to: i + needle.length })
  const result: (Piece & { found: boolean })[] = []
  let start = 0
  for (const piece of pieces) {
    const end = start + piece.text.length
    let from = start
    for (const cut of cuts.filter((c) => c.to > start && c.from < end)) {
      const a = Math.max(cut.from, start)
      const b = Math.min(cut.to, end)
      if (a > from) result.push({ ...piece, text: piece.text.slice(from - start, a - start), found: false })
      result.push({ ...piece, text: piece.text.slice(a - start, b - start), found: true })
      from = b
    }
    if (from < end) result.push({ ...piece, text: piece.text.slice(from - start), found: false })
    start = end
  }
  return result
}
