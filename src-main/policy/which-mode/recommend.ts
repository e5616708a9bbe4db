import type { Change, Reason, Recommendation, Saying } from '../../common/contract/index.ts'
import type { Mode, Needs } from '../../common/which-mode.ts'
import { heavier, isHeavier, LEAST, MODES, QUESTIONS, STEPS } from '../../common/which-mode.ts'
import type { Criterion } from './criteria.ts'
import { CRITERIA, leastFor } from './criteria.ts'

/** Recommends a mode out of what was answered, or read of a cluster. More of any need never leads to a lighter mode. Pure. */
export function recommend(answers: Partial<Needs>): Recommendation {
  const needs: Needs = { ...LEAST, ...answers }
  const all = CRITERIA.map((criterion) => reasonOf(criterion, needs))
  const mode = modeFor(needs)
  const reasons = all.filter((r) => r.mode === mode && (mode !== 'swarm' || answers[r.criterion] !== undefined))
  return {
    mode, reasons: reasons.length > 0 ? reasons : [{ criterion: 'people', mode, key: 'which_because_nothing', values: {} }],
    also: all.filter((r) => r.mode !== mode && r.mode !== 'swarm'),
    changes: CRITERIA.flatMap((criterion) => changesOf(criterion, needs, mode)),
    unanswered: QUESTIONS.filter((id) => answers[id] === undefined),
    advice: adviceFor(mode, needs),
  }
}

/** The lightest mode that is right by every criterion. */
export function modeFor(needs: Needs): Mode {
  return CRITERIA.map((criterion) => leastFor(criterion, needs)).reduce(heavier)
}

function reasonOf(criterion: Criterion, needs: Needs): Reason {
  const mode = leastFor(criterion, needs)
  const { id } = criterion
  if (id in STEPS) return { criterion: id, mode, key: `which_because_${id}_${String(needs[id])}`, values: {} }
  const below = MODES[MODES.indexOf(mode) - 1]
  const limit = criterion.most(below ?? mode, needs) ?? 0
  return { criterion: id, mode, key: `which_because_${id}_${mode === 'swarm' ? 'few' : 'many'}`, values: { count: criterion.amount(needs), limit } }
}

/** The nearest amount, up and down, at which the answer is another one. */
function changesOf({ id, most }: Criterion, needs: Needs, mode: Mode): Change[] {
  if (id in STEPS) {
    const steps = STEPS[id as keyof typeof STEPS] as readonly string[]
    const now = steps.indexOf(String(needs[id]))
    const to = (step: string): Mode => modeFor({ ...needs, [id]: step })
    const up = steps.slice(now + 1).find((step) => to(step) !== mode)
    const down = steps.slice(0, now).reverse().find((step) => to(step) !== mode)
    return [up, down].flatMap((step) => (step === undefined ? [] : [{ criterion: id, to: to(step), key: `which_if_${id}_${step}`, values: {} }]))
  }
  const to = (amount: number): Mode => modeFor({ ...needs, [id]: amount })
  const limits = MODES.flatMap((m) => most(m, needs) ?? [])
  // More never leads to a lighter mode, so what leads to a heavier one is more.
  const up = limits.map((limit) => limit + 1).find((amount) => isHeavier(to(amount), mode))
  const down = [...limits].reverse().find((amount) => isHeavier(mode, to(amount)))
  return [
    ...(up === undefined ? [] : [{ criterion: id, to: to(up), key: `which_if_${id}_more`, values: { count: up } }]),
    ...(down === undefined ? [] : [{ criterion: id, to: to(down), key: `which_if_${id}_fewer`, values: { count: down } }]),
  ]
}

function adviceFor(mode: Mode, { people, autoscaling, servers }: Needs): Saying[] {
  const plain = (key: string): Saying => ({ key, values: {} })
  if (mode === 'swarm') return [...(autoscaling === 'none' ? [] : [plain('which_advice_swarm_labels')]), ...(servers === 2 ? [plain('which_advice_two_managers')] : []), plain('which_advice_later')]
  if (mode === 'toque') return [...(servers > 1 ? [plain('which_advice_team_server')] : []), plain('which_advice_same_yaml')]
  // Nobody whose work it is: somebody else had better keep it.
  return [plain(people <= 5 ? 'which_advice_managed' : 'which_advice_k3s'), plain('which_advice_same_yaml')]
}
