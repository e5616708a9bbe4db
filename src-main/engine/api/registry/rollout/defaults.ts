import type { RolloutStrategy } from '../../../../common/kube/rollout.ts'

/** Fills in what a strategy leaves out. An analysis that says nothing looks at readiness, restarts and errors. */
export function defaultStrategy(strategy: RolloutStrategy | undefined): void {
  const { canary, blueGreen } = strategy ?? {}
  if (blueGreen !== undefined) {
    blueGreen.autoPromote ??= true
    if (blueGreen.autoPromote) blueGreen.autoPromoteSeconds ??= 0
    blueGreen.scaleDownDelaySeconds ??= 30
  }
  for (const analysis of [canary?.analysis, blueGreen?.analysis]) {
    if (analysis === undefined) continue
    analysis.intervalSeconds ??= 10
    analysis.ready ??= true
    analysis.maxRestarts ??= 0
    analysis.maxErrorPercent ??= 5
    analysis.minRequests ??= 20
    analysis.failureLimit ??= 0
  }
}
