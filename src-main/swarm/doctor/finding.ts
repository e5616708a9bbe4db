import type { Finding, FindingAction, ObjectRef } from '../../common/contract/index.ts'
import type { SwarmFacts } from './facts.ts'

/** One thing that may be wrong with a swarm: facts in, findings out. Pure. */
export type Check = (facts: SwarmFacts) => Finding[]

/** A finding; its ID is made of what it says and where, so that it stays the same as long as it is there. */
export function finding(severity: Finding['severity'], reason: string, message: string, about: ObjectRef[], fix: string, action?: FindingAction): Finding {
  const where = about.map(({ kind, name }) => `${kind}/${name}`).sort().join(',')
  return { id: `${reason}:${where}`, severity, why: { reason, message }, about, fix, ...(action === undefined ? {} : { action }) }
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
