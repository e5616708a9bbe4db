/** The one of `names` that `name` was likely meant to be: at most two slips away (one in a short name), the nearest first. */
export function likelyName(name: string, names: readonly string[]): string | undefined {
  const folded = fold(name)
  const most = folded.length <= 4 ? 1 : 2
  const near = names.map((other) => ({ other, distance: distance(folded, fold(other)) })).filter((found) => found.distance <= most)
  return near.sort((a, b) => a.distance - b.distance)[0]?.other
}

/** `dependsOn`, `depends-on` and `depends_on` are one name. */
function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('-', '_').toLowerCase().replace(/^_/, '')
}

/** Slips between two words: a letter too many, missing, wrong, or two swapped (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = last
    last = row
  }
  return last[b.length] ?? Infinity
}
