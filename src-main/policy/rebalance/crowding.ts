/** Only from here on one less there and one more elsewhere is better than it was. */
const WORTH_MOVING = 2

/**
 * Places that hold so many more than the emptiest of the open ones that one of theirs would be better there, and how many more. `counts`: what each place
 * holds; one that is not in it holds none. Nothing where no place is open. Pure.
 */
export function excesses(counts: ReadonlyMap<string, number>, open: readonly string[]): Map<string, number> {
  const fewest = Math.min(...open.map((place) => counts.get(place) ?? 0))
  return new Map([...counts].map(([place, n]): [string, number] => [place, n - fewest]).filter(([, excess]) => excess >= WORTH_MOVING))
}
