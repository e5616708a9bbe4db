import type { Explanation, ObjectRef, PlacementPlan, PlannedInstance } from '../../src-main/common/contract/index.ts'
import { refKey } from './route.ts'

/** Instances of one app with the same fate, as one line. */
export interface LandingRow {
  readonly key: string
  /** The app, or the instance where it has none. */
  readonly of: ObjectRef
  readonly count: number
  /** `moves`: it runs somewhere now and would run elsewhere. */
  readonly outcome: PlannedInstance['outcome'] | 'moves'
  readonly from?: string
  readonly node?: string
  readonly why?: Explanation
  readonly perNode: PlannedInstance['perNode']
  readonly evictedFor?: ObjectRef
}

const ORDER: readonly LandingRow['outcome'][] = ['refused', 'pending', 'waits', 'ends', 'gated', 'moves', 'lands']

/** A plan's instances by app and fate, what needs a look first. */
export function landingRows(plan: Pick<PlacementPlan, 'instances'>): LandingRow[] {
  const rows = new Map<string, LandingRow>()
  for (const { ref, app, outcome, from, node, why, perNode, evictedFor } of plan.instances) {
    const fate = outcome === 'lands' && from !== undefined ? 'moves' : outcome
    // An app that is not there yet has no name but its instances'.
    const key = JSON.stringify([refKey(app ?? ref), fate, from, node, why?.message, evictedFor?.name])
    const known = rows.get(key)
    rows.set(key, known !== undefined ? { ...known, count: known.count + 1 } : {
      key, of: app ?? ref, count: 1, outcome: fate, perNode, ...(from === undefined ? {} : { from }), ...(node === undefined ? {} : { node }), ...(why === undefined ? {} : { why }), ...(evictedFor === undefined ? {} : { evictedFor }),
    })
  }
  return [...rows.values()].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || a.of.name.localeCompare(b.of.name) || (a.node ?? '').localeCompare(b.node ?? ''))
}

/** Would anything not run that is to run? */
export function hasTrouble(rows: readonly LandingRow[]): boolean {
  return rows.some(({ outcome }) => outcome !== 'lands' && outcome !== 'moves' && outcome !== 'gated')
}

/** Nodes that say the same, together. */
export function byReasons(perNode: PlannedInstance['perNode']): { nodes: string[]; reasons: string[] }[] {
  const groups = new Map<string, { nodes: string[]; reasons: string[] }>()
  for (const { node, reasons } of perNode) {
    const key = JSON.stringify(reasons)
    const group = groups.get(key) ?? { nodes: [], reasons }
    groups.set(key, group)
    group.nodes.push(node)
  }
  return [...groups.values()]
}
