/** `1 task`, `2 tasks`: for nouns whose plural has an s. */
export function count(n: number, noun: string): string {
  return `${String(n)} ${noun}${n === 1 ? '' : 's'}`
}
