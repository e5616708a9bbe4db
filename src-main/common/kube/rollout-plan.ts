import type { RolloutStrategy } from './rollout.ts'

/** One step as it is gone: to a weight, or a wait (`seconds` undefined: until promoted). */
export type Step = { kind: 'weight'; weight: number } | { kind: 'pause'; seconds: number | undefined }

/** The steps from nothing to the end of the old revision. Blue/green is a canary of the weights 0 and 100. */
export function planOf({ canary, blueGreen }: RolloutStrategy): Step[] {
  if (blueGreen !== undefined) {
    const { autoPromote = true, autoPromoteSeconds = 0, scaleDownDelaySeconds = 30 } = blueGreen
    return [
      { kind: 'weight', weight: 0 }, { kind: 'pause', seconds: autoPromote ? autoPromoteSeconds : undefined },
      { kind: 'weight', weight: 100 }, { kind: 'pause', seconds: scaleDownDelaySeconds },
    ]
  }
  const steps = (canary?.steps ?? []).map(({ weight, pause }): Step => (weight === undefined ? { kind: 'pause', seconds: pause?.seconds } : { kind: 'weight', weight }))
  const last = steps.findLast((step) => step.kind === 'weight')
  return last?.weight === 100 ? steps : [...steps, { kind: 'weight', weight: 100 }]
}

/** The step by which everything is the new revision's. */
export function lastWeight(plan: readonly Step[]): number {
  return plan.findLastIndex((step) => step.kind === 'weight')
}
