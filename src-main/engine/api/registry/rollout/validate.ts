import { ORDERS, parseOrder, ROLLOUT_ORDER } from '../../../../common/kube/rollout.ts'
import type { AnalysisSpec, BlueGreenStrategy, CanaryStep, Rollout, RolloutStrategy } from '../../../../common/kube/rollout.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain } from '../../validation/names.ts'

const MOST_STEPS = 50
const MOST_PAUSE_S = 7 * 24 * 3600
const MOST_INTERVAL_S = 3600
const MOST_ORDER_CHARACTERS = 256

/** Checks what a person wrote, and says what would be right. */
export function validateRollout(rollout: Rollout, errors: FieldErrors): void {
  // The schema does not say what must be there.
  const spec = rollout.spec as Partial<Rollout['spec']> | undefined
  validateOrder(rollout.metadata.annotations?.[ROLLOUT_ORDER], errors)
  const { deployment = '' } = spec ?? {}
  if (deployment === '') errors.required('spec.deployment', 'the name of a Deployment in the same namespace')
  else errors.check('spec.deployment', deployment, dnsSubdomain)
  validateStrategy(spec?.strategy, errors)
}

function validateOrder(order: string | undefined, errors: FieldErrors): void {
  const path = `metadata.annotations[${ROLLOUT_ORDER}]`
  if (order === undefined) return
  if (parseOrder(order) === undefined) errors.invalid(path, order.slice(0, 60), `must begin with one of ${ORDERS.join(', ')}; what follows is free, such as the reason`)
  else if (order.length > MOST_ORDER_CHARACTERS) errors.invalid(path, `${order.slice(0, 60)}…`, `must have at most ${String(MOST_ORDER_CHARACTERS)} characters`)
}

function validateStrategy(strategy: RolloutStrategy | undefined, errors: FieldErrors): void {
  const { canary, blueGreen } = strategy ?? {}
  if ((canary === undefined) === (blueGreen === undefined)) {
    if (canary === undefined) errors.required('spec.strategy', 'one of canary and blueGreen')
    else errors.forbidden('spec.strategy.blueGreen', 'there is a canary already: a Rollout has one of the two')
    return
  }
  if (canary !== undefined) {
    validateSteps((canary.steps as CanaryStep[] | undefined) ?? [], errors)
    validateAnalysis(canary.analysis, 'spec.strategy.canary.analysis', errors)
  }
  if (blueGreen !== undefined) validateBlueGreen(blueGreen, errors)
}

function validateSteps(steps: readonly CanaryStep[], errors: FieldErrors): void {
  const path = 'spec.strategy.canary.steps'
  if (steps.length === 0) errors.required(path, 'a canary has steps, such as [{weight: 5}, {pause: {seconds: 60}}]')
  if (steps.length > MOST_STEPS) errors.tooMany(path, steps.length, MOST_STEPS)
  let before = -1
  steps.forEach(({ weight, pause }, i) => {
    const at = `${path}[${String(i)}]`
    if ((weight === undefined) === (pause === undefined)) errors.invalid(at, { weight, pause }, 'a step is either a weight or a pause')
    else if (i === 0 && weight === undefined) errors.invalid(at, { pause }, 'the first step is a weight: before it there is nothing to wait for')
    else if (weight !== undefined) {
      if (weight < 0 || weight > 100) errors.invalid(`${at}.weight`, weight, 'must be a percentage from 0 to 100')
      else if (weight <= before) errors.invalid(`${at}.weight`, weight, `must be more than the weight before, ${String(before)}: a canary only grows, and "abort" is the way back`)
      before = Math.max(before, weight)
    }
    validateSeconds(`${at}.pause.seconds`, pause?.seconds, 0, MOST_PAUSE_S, errors)
  })
}

function validateBlueGreen({ autoPromote, autoPromoteSeconds, scaleDownDelaySeconds, previewService, analysis }: BlueGreenStrategy, errors: FieldErrors): void {
  const path = 'spec.strategy.blueGreen'
  if (autoPromote === false && autoPromoteSeconds !== undefined) errors.forbidden(`${path}.autoPromoteSeconds`, 'with autoPromote: false it waits for the order "promote"')
  validateSeconds(`${path}.autoPromoteSeconds`, autoPromoteSeconds, 0, MOST_PAUSE_S, errors)
  validateSeconds(`${path}.scaleDownDelaySeconds`, scaleDownDelaySeconds, 0, MOST_PAUSE_S, errors)
  errors.check(`${path}.previewService`, previewService, dnsLabel)
  validateAnalysis(analysis, `${path}.analysis`, errors)
}

function validateAnalysis(analysis: AnalysisSpec | undefined, path: string, errors: FieldErrors): void {
  if (analysis === undefined) return
  const { intervalSeconds, maxRestarts, maxErrorPercent, maxMeanMs, minRequests, failureLimit } = analysis
  validateSeconds(`${path}.intervalSeconds`, intervalSeconds, 1, MOST_INTERVAL_S, errors)
  errors.nonNegative(`${path}.maxRestarts`, maxRestarts)
  errors.nonNegative(`${path}.failureLimit`, failureLimit)
  if (maxErrorPercent !== undefined && !(maxErrorPercent >= 0 && maxErrorPercent <= 100)) errors.invalid(`${path}.maxErrorPercent`, maxErrorPercent, 'must be a percentage from 0 to 100')
  if (maxMeanMs !== undefined && maxMeanMs < 1) errors.invalid(`${path}.maxMeanMs`, maxMeanMs, 'must be a number of milliseconds, at least 1')
  if (minRequests !== undefined && minRequests < 1) errors.invalid(`${path}.minRequests`, minRequests, 'must be at least 1: of no requests nothing can be said')
}

function validateSeconds(path: string, seconds: number | undefined, least: number, most: number, errors: FieldErrors): void {
  if (seconds !== undefined && (seconds < least || seconds > most)) errors.invalid(path, seconds, `must be a number of seconds from ${String(least)} to ${String(most)}`)
}
