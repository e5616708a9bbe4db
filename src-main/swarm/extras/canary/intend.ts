import { timestamp } from '../../../common/clock.ts'
import { count } from '../../../common/counted.ts'
import { aimOf, lateOf, leftOf, walk } from '../../../policy/canary/progress.ts'
import type { Position } from '../../../policy/canary/progress.ts'
import { shareByPods, sizesFor } from '../../../policy/canary/sizes.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import { hasDigest, taggedImage, withoutDigest } from '../../stack/image-name.ts'
import { holdOf } from '../hold.ts'
import { ASKS, CANARY, timeText } from '../labels.ts'
import type { Telling } from '../said.ts'
import { endedByItself, endOf, isBeingUpdated, isChanging, replicasOf, runningTasks } from '../service-state.ts'
import { imageOf, templateHash } from './canary-spec.ts'
import type { CanaryState } from './canary-state.ts'
import { canaryStateOf, whyGivenUp } from './canary-state.ts'
import { canaryName } from './settings.ts'
import type { CanarySettings } from './settings.ts'

/** All that a look at one service is made of. */
export interface CanaryInput {
  readonly service: SwarmService
  readonly settings: CanarySettings
  readonly canary: SwarmService | undefined
  /** Of all services. */
  readonly tasks: readonly SwarmTask[]
  readonly nodes: readonly SwarmNode[]
  /** The canary was there when it was looked last. */
  readonly wasThere: boolean
  /** A service that is none of ours has the canary's name. */
  readonly isNameTaken: boolean
  /** Since when somebody looks; milliseconds since the epoch, as `now`. */
  readonly since: number
  readonly now: number
}

/**
 * What comes of it. `begin`: the canary is made (or made anew) in `state`, with `replicas` tasks. `go`: it goes on to that. `promote`: the service gets the image. `give up`: that is
 * written on the service, and the canary removed. `end`: it is removed.
 */
export interface CanaryIntent {
  readonly what: 'begin' | 'go' | 'promote' | 'give up' | 'end' | 'nothing' | 'wait'
  readonly message: string
  /** What is told once it is done; nothing for steps in between. */
  readonly tell?: readonly Telling[]
  readonly state?: CanaryState
  readonly replicas?: number
  /** When to look again, if nothing happens before; milliseconds. */
  readonly waitMs?: number
  /** What is to be told for as long as it is so. */
  readonly states?: readonly Telling[]
}

/** What comes next for a service and its canary, of nothing but what is written on the two and what is seen of their tasks: any engine decides the same. Pure. */
export function intendCanary(input: CanaryInput): CanaryIntent {
  const { service, settings: { image }, canary, wasThere } = input
  const state = canary === undefined ? undefined : canaryStateOf(canary)
  if (isImage(imageOf(service), image)) return afterUpdate(input)
  const why = whyGivenUp(service, image)
  if (why !== undefined) return { what: canary === undefined ? 'nothing' : 'end', message: `${image} was given up: ${why}` }
  const hold = holdOf(service, 'its canary stands still')
  if (state?.failure !== undefined) return hold === undefined ? { what: 'give up', message: state.failure, state } : { what: 'wait', ...hold }
  if (replicasOf(service) === 0 && hold === undefined) return { what: canary === undefined ? 'nothing' : 'end', message: 'It has no tasks: there is nothing that a canary could be beside.' }
  if (canary === undefined && wasThere && hold === undefined) return gone(input)
  if (canary !== undefined && state !== undefined && isOf(state, input)) return underWay(input, canary, state)
  return hold === undefined ? begun(input) : { what: 'wait', ...hold }
}

/** The service has the image: its canary goes once all tasks run with it. */
function afterUpdate({ service, settings: { image }, canary, tasks, nodes }: CanaryInput): CanaryIntent {
  if (canary === undefined) return { what: 'nothing', message: `It runs ${image} already: there is nothing to try.` }
  const hold = holdOf(service, 'its canary stays')
  if (hold !== undefined) return { what: 'wait', ...hold }
  const running = runningTasks(service, tasks, nodes).filter((t) => t.Spec?.ContainerSpec?.Image === imageOf(service)).length
  if (running < replicasOf(service)) return { what: 'wait', message: `Its canary stays until all of its tasks run ${image}: ${String(running)} of ${String(replicasOf(service))} do.` }
  const message = `All of its tasks run ${image}: its canary is removed.`
  return { what: 'end', message, tell: [{ type: 'Normal', reason: 'CanaryPromoted', message }] }
}

function begun({ service, settings: { image, plan }, isNameTaken, now }: CanaryInput): CanaryIntent {
  if (isNameTaken) {
    const message = `There is a service ${canaryName(service)} that is none of Toque's, and the canary would have that name: remove it, or give it another one.`
    return { what: 'wait', message, states: [{ type: 'Warning', reason: 'CanaryRefused', message }] }
  }
  const state: CanaryState = { image, of: templateHash(service), position: { step: 0, startedAt: now, weight: 0 } }
  const replicas = sizeAt(service, plan, state.position)
  const message = `${image} is tried beside it, as ${canaryName(service)}: ${stepsText(plan)} of the tasks, then all.`
  return { what: 'begin', message, state, replicas, tell: [{ type: 'Normal', reason: 'CanaryStarted', message }] }
}

function gone({ service, settings: { image } }: CanaryInput): CanaryIntent {
  const message = `${canaryName(service)} was removed by somebody (docker stack deploy --prune removes it, too)`
  return { what: 'give up', message, tell: [gaveUp(service, image, message)] }
}

/** It is being tried, or brought in. */
function underWay(input: CanaryInput, canary: SwarmService, state: CanaryState): CanaryIntent {
  const { service, settings, tasks, nodes, since, now } = input
  const { image, plan, failures, deadlineSeconds } = settings
  const { UpdateStatus: { State = '', StartedAt = '', Message = '' } = {} } = service
  const failing = (why: string): CanaryIntent => ({ what: 'go', message: why, state: { ...state, failure: why }, replicas: 0, tell: [gaveUp(service, image, why)] })
  const failed = tasks.filter((t) => t.ServiceID === canary.ID && t.Spec?.ContainerSpec?.Image === imageOf(canary) && endedByItself(t))
  if (failed.length > failures) return failing(`${count(failed.length, 'task')} of ${canary.Spec.Name} failed (${[...new Set(failed.map(endOf))].join('; ')})${failures === 0 ? '' : `, and ${ASKS.canary}.failures is ${String(failures)}`}`)
  if (isChanging(service)) return { what: 'wait', message: '', ...holdOf(service, 'its canary stands still') }
  if (state.promoted !== undefined) {
    // Swarm has taken the service back to what it was.
    if (State.startsWith('rollback') && StartedAt !== state.promoted) return failing(`the service itself could not be updated${Message === '' ? '' : ` (${Message})`}`)
    return promotion(input, state)
  }
  const running = runningTasks(canary, tasks, nodes).filter((t) => t.Spec?.ContainerSpec?.Image === imageOf(canary)).length
  const isWhole = (weight: number): boolean => running >= sizeFor(service, weight)
  // No pause is over while tasks are missing: with a server they may all have gone.
  const isWaiting = plan[state.position.step]?.kind === 'pause' && !isWhole(state.position.weight)
  const { position, passed } = isWaiting ? { position: state.position, passed: [] } : walk(plan, state.position, isWhole, now)
  if (position.step >= plan.length) return promotion(input, { ...state, position, promoted: StartedAt })
  const replicas = sizeAt(service, plan, position)
  const late = lateOf(plan, position, { deadlineSeconds, since }, now)
  if (late !== undefined && late <= 0) return failing(`${String(running)} of ${count(replicas, 'task')} of ${canary.Spec.Name} ran after ${timeText(deadlineSeconds)} (${ASKS.canary}.deadline)`)
  const message = positionText(input, canary, position, running)
  const left = isWaiting ? undefined : leftOf(plan, position, now) ?? late
  if (passed.length === 0 && replicas === replicasOf(canary)) return { what: 'wait', message, ...(left === undefined ? {} : { waitMs: left }) }
  const tell = passed.filter((i) => plan[i]?.kind === 'weight').map((i): Telling => ({ type: 'Normal', reason: 'CanaryStep', message: `Step ${String(i / 2 + 1)} of ${String(plan.length / 2)}: ${image} has ${count(running, 'task')} beside ${count(replicasOf(service), 'task')} of its own.` }))
  return { what: 'go', message, state: { ...state, position }, replicas, tell }
}

function promotion({ service, settings: { image } }: CanaryInput, state: CanaryState): CanaryIntent {
  const message = `${image} has gone through all steps: the service is updated, as its update_config says.`
  return { what: 'promote', message, state, replicas: sizeFor(service, state.position.weight), tell: [{ type: 'Normal', reason: 'CanaryPromoting', message }] }
}

/** Is `image`, as a service has it, the one that is named? */
function isImage(image: string, named: string): boolean {
  return taggedImage(hasDigest(named) ? image : withoutDigest(image)) === taggedImage(named)
}

/** Is what is written on the canary about what is to be tried now, beside the service as it is now? */
function isOf(state: CanaryState, { service, settings }: CanaryInput): boolean {
  // While the service is being changed by somebody it is not known yet what it will be.
  return state.image === settings.image && (state.of === templateHash(service) || isBeingUpdated(service))
}

function gaveUp({ Spec: { Name } }: SwarmService, image: string, why: string): Telling {
  return { type: 'Warning', reason: 'CanaryGivenUp', message: `${image} is given up: ${why}. The service is as it was. To try another image, name it in ${ASKS.canary}.image; to try this one again: docker service update --label-rm ${CANARY} ${Name}` }
}

function sizeFor(service: SwarmService, weight: number): number {
  return sizesFor('beside', replicasOf(service), weight).canary
}

function sizeAt(service: SwarmService, plan: CanarySettings['plan'], position: Position): number {
  return sizeFor(service, aimOf(plan, position))
}

/** How far it has come, and what it waits for. */
function positionText({ service, settings: { plan, image, isManual } }: CanaryInput, canary: SwarmService, position: Position, running: number): string {
  const { step, startedAt } = position
  const at = plan[step]
  const where = `Step ${String(Math.floor(step / 2) + 1)} of ${String(plan.length / 2)}`
  if (at?.kind !== 'pause') return `${where}: ${String(running)} of ${count(sizeAt(service, plan, position), 'task')} of ${canary.Spec.Name} run ${image}.`
  const share = `${image} has ${count(running, 'task')}, ${String(shareByPods(position.weight, running, replicasOf(service)))} % of all`
  if (at.seconds !== undefined) return `${where}: ${share}, until ${timestamp(Math.ceil((startedAt + at.seconds * 1000) / 1000) * 1000)}.`
  return `${where}: ${share}, until somebody updates the service${isManual ? ` (${ASKS.canary}.promote is manual): docker service update --image ${image} ${service.Spec.Name}` : ''}.`
}

/** `10 %, then 50 %`. */
function stepsText(plan: CanarySettings['plan']): string {
  return plan.flatMap((step) => (step.kind === 'weight' ? [`${String(step.weight)} %`] : [])).join(', then ')
}
