import { microTime } from '../../../common/clock.ts'
import type { Position } from '../../../policy/canary/progress.ts'
import type { SwarmService } from '../../docker/types.ts'
import { CANARY, CANARY_OF, labelsOf } from '../labels.ts'

/** What is written on a canary: any engine goes on from there. */
export interface CanaryState {
  /** The image that is tried, as the label said it. */
  readonly image: string
  /** The service as it was when it began (`templateHash`): of another one it would say nothing. */
  readonly of: string
  readonly position: Position
  /** It is given up, and why: it has no tasks any more. */
  readonly failure?: string
  /** All steps are done, and the service is updated: when its update before that one began (RFC 3339; '' where there was none). */
  readonly promoted?: string
}

/** Is it the canary of another service? */
export function isCanary(service: SwarmService): boolean {
  return labelsOf(service)[CANARY_OF] !== undefined
}

/** How far a canary has come; undefined where that cannot be read. Pure. */
export function canaryStateOf(canary: SwarmService): CanaryState | undefined {
  let read: unknown
  try {
    read = JSON.parse(labelsOf(canary)[CANARY] ?? '')
  } catch {
    return undefined
  }
  const { image, of, step, since, share, failure, promoted } = (read ?? {}) as Record<string, unknown>
  const startedAt = typeof since === 'string' ? Date.parse(since) : NaN
  if (typeof image !== 'string' || typeof of !== 'string' || !isCount(step) || !isCount(share) || Number.isNaN(startedAt)) return undefined
  return { image, of, position: { step, startedAt, weight: share }, ...(typeof failure === 'string' ? { failure } : {}), ...(typeof promoted === 'string' ? { promoted } : {}) }
}

/** The labels of a canary. */
export function canaryLabels(service: SwarmService, { image, of, position: { step, startedAt, weight }, failure, promoted }: CanaryState): Record<string, string> {
  return { [CANARY_OF]: service.ID, [CANARY]: JSON.stringify({ image, of, step, since: microTime(startedAt), share: weight, failure, promoted }) }
}

/** What is written on a service whose canary was given up. The image stays given up for as long as that is there. */
export function givenUp(image: string, why: string): string {
  return `gave up ${image}: ${why}`
}

/** Why an image was given up on a service; undefined: it was not. */
export function whyGivenUp(service: SwarmService, image: string): string | undefined {
  const [text, begin] = [labelsOf(service)[CANARY], givenUp(image, '')]
  return text?.startsWith(begin) === true ? text.slice(begin.length) : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
