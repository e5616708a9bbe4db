import { byText } from './context.ts'

const ALL = 'ALL'

/** Capabilities as the engine has them: upper case with `CAP_`, sorted, each once. What is added is not dropped, and `ALL` stands for every other. */
export function capabilities(add: readonly string[] | undefined, drop: readonly string[] | undefined): { add: string[] | undefined; drop: string[] | undefined } {
  const added = normal(add)
  const dropped = normal(drop).filter((name) => !added.includes(name))
  return { add: added.length === 0 ? undefined : added, drop: dropped.length === 0 ? undefined : dropped }
}

function normal(names: readonly string[] = []): string[] {
  const all = [...new Set(names.map((name) => {
    const upper = name.trim().toUpperCase()
    return upper === ALL || upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  }))]
  return all.includes(ALL) ? [ALL] : all.filter((name) => name !== 'CAP_RESET').sort(byText)
}
