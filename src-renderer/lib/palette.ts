/** Something the command palette can do or go to. */
export interface Command {
  id: string
  title: string
  /** Smaller, behind the title: what kind of thing, where it is. */
  hint: string
  run: () => void
}

/** How well `query` fits: 0 not at all, higher better. All words must be found; a start of a word beats its middle, the title beats the hint. */
export function score(query: string, command: Pick<Command, 'title' | 'hint'>): number {
  const title = command.title.toLowerCase()
  const hint = command.hint.toLowerCase()
  let total = 1
  for (const word of query.toLowerCase().split(/\s+/).filter((w) => w !== '')) {
    const at = title.indexOf(word)
    if (at === 0) total += 6
    else if (at > 0) total += /[\s\-_/.]/.test(title[at - 1] ?? '') ? 4 : 2
    else if (hint.includes(word)) total += 1
    else return 0
  }
  return total
}

/** The commands that fit, best first; in their own order where they fit as well. */
export function search(query: string, commands: Command[], limit: number): Command[] {
  if (query.trim() === '') return commands.slice(0, limit)
  return commands.map((command, i) => ({ command, i, score: score(query, command) })).filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score || a.i - b.i).slice(0, limit).map((found) => found.command)
}

/** Where the command with this ID is; the first where none is. A list that lives moves under a number, and Enter would run what was not marked. */
export function markedAt(found: readonly Command[], id: string): number {
  return Math.max(0, found.findIndex((command) => command.id === id))
}

/** The ID of the command so many steps further than the marked one, around the ends; '' where there are none. */
export function stepFrom(found: readonly Command[], id: string, step: number): string {
  return found[(markedAt(found, id) + step + found.length) % Math.max(1, found.length)]?.id ?? ''
}
