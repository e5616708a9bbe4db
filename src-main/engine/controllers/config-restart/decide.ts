import { createHmac } from 'node:crypto'
import type { ConfigReference } from './references.ts'

/** What a workload's pods use at the moment: which references there are, and what is in them. Both are digests. */
export interface ConfigDigest {
  readonly references: string
  readonly content: string
}

/** What is to be written: nothing; that this is what the pods use, without a restart; or that, with one. */
export type Decision = 'nothing' | 'remember' | 'restart'

/**
 * The digest of what references lead to. `content` gives what is in a ConfigMap or Secret; undefined where there is none. Keyed: whoever may see a workload, but
 * no Secret, must not be able to try out what a short password is. Undefined while something is missing that pods need to start: they wait, and so does this.
 */
export function digestOf(key: string, references: readonly ConfigReference[], content: (reference: ConfigReference) => Readonly<Record<string, string>> | undefined): ConfigDigest | undefined {
  const values: unknown[] = []
  for (const reference of references) {
    const all = content(reference)
    const value = reference.key === undefined ? all : all?.[reference.key]
    if (value === undefined && !reference.optional) return undefined
    values.push(typeof value === 'object' ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) : value ?? null)
  }
  const hash = (of: unknown): string => createHmac('sha256', key).update(JSON.stringify(of)).digest('hex').slice(0, 32)
  return { references: hash(references.map(({ kind, name, key: one }) => [kind, name, one ?? null])), content: hash(values) }
}

/** `remembered`: as `rememberedText` wrote it; undefined: never. */
export function decide(remembered: string | undefined, now: ConfigDigest): Decision {
  const [references, content] = remembered?.split('.') ?? []
  // Never looked at before, or the template itself is another one, whose pods are new anyway: that is no change of what they use.
  if (references !== now.references) return 'remember'
  return content === now.content ? 'nothing' : 'restart'
}

/** A digest as it is kept in an annotation. */
export function rememberedText({ references, content }: ConfigDigest): string {
  return `${references}.${content}`
}
