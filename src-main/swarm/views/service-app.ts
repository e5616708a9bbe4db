import { canonicalJson } from '../../common/canonical-json.ts'
import type { AppAbility, AppDetail, AppOnNode, AppSummary, Explanation, Health, Revision } from '../../common/contract/index.ts'
import { wasTakenBack } from '../docker/taken-back.ts'
import type { ServiceSpec, TaskSpec } from '../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'
import { canaryNote } from '../extras/canary/note.ts'
import { readSchedule } from '../extras/schedule/settings.ts'
import { imageName, namespaceOf, nodeNames, serviceRef, shortName, taskRef, time } from './refs.ts'
import { StackLabel } from '../stack/names.ts'
import { endedService } from './ended-service.ts'
import { endpointsOf } from './service-endpoints.ts'
import { isJob, modeOf, replicasOf } from '../docker/service-mode.ts'
import { isSlotWanted, slotsOf } from './slots.ts'
import type { Slot } from './slots.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'
import { taskReason } from './task-reason.ts'

/** A service and what it is seen by. */
export interface ServiceParts {
  service: SwarmService
  /** All its tasks, those of the past as well. */
  tasks: readonly SwarmTask[]
  nodes: readonly SwarmNode[]
  /** All services: one may be the canary of another. */
  services: readonly SwarmService[]
  /** What the alerts that it asks for say at present. */
  alerts: readonly Explanation[]
}

interface Counts {
  desired: number
  ready: number
  updated: number
  /** Ready ones of the version before. */
  old: number
}

/** A service as the lists show it. Pure. */
export function serviceSummary(parts: ServiceParts): AppSummary {
  const { service, nodes } = parts
  const slots = slotsOf(parts.tasks)
  const counts = countsOf(parts, slots)
  const { health, why } = withNotes(parts, healthOf(parts, slots, counts))
  return {
    id: service.ID,
    ref: serviceRef(service),
    health,
    ...(why === undefined ? {} : { why }),
    replicas: { desired: counts.desired, ready: counts.ready, updated: counts.updated },
    images: [imageName(service.Spec.TaskTemplate.ContainerSpec?.Image ?? '')],
    abilities: abilitiesOf(service),
    endpoints: endpointsOf(service, nodes, parts.tasks.filter(isRunning)),
    createdAt: time(service.CreatedAt),
  }
}

/** A service as its own screen shows it. Pure. */
export function serviceDetail(parts: ServiceParts): AppDetail {
  const { service } = parts
  const { Spec, UpdateStatus } = service
  const slots = slotsOf(parts.tasks)
  return {
    ...serviceSummary(parts),
    containers: [{ name: shortName(service), image: imageName(Spec.TaskTemplate.ContainerSpec?.Image ?? ''), ports: (Spec.EndpointSpec?.Ports ?? []).flatMap(({ TargetPort }) => TargetPort ?? []) }],
    strategy: isJob(service) ? 'None' : Spec.UpdateConfig?.Parallelism === 0 && Spec.UpdateConfig.Order !== 'start-first' ? 'Recreate' : 'RollingUpdate',
    paused: UpdateStatus?.State === 'paused' || UpdateStatus?.State === 'rollback_paused',
    rollout: rolloutOf(parts, slots, countsOf(parts, slots)),
    revisions: revisionsOf(service),
    ...(modeOf(service) === 'global' ? { onNodes: onNodesOf(parts, slots) } : {}),
    labels: Object.fromEntries(Object.entries(Spec.Labels ?? {}).filter(([key]) => key !== StackLabel.namespace)),
  }
}

/** What can be done to it: what Swarm has a word for. A stopped update can be let go on; nothing else can be paused. */
export function abilitiesOf(service: SwarmService): AppAbility[] {
  const { PreviousSpec, UpdateStatus } = service
  const stopped = UpdateStatus?.State === 'paused' || UpdateStatus?.State === 'rollback_paused'
  return [
    ...(modeOf(service) === 'replicated' || modeOf(service) === 'replicated-job' ? ['scale' as const] : []), 'image', 'restart',
    ...(stopped ? ['pause' as const] : []), ...(PreviousSpec === undefined || isJob(service) ? [] : ['history' as const]),
  ]
}

/** Swarm keeps two versions: the present one and the one before, which a rollback goes back to. */
export function revisionsOf({ Spec, PreviousSpec, UpdatedAt, CreatedAt, UpdateStatus }: SwarmService): Revision[] {
  const imagesOf = (spec: ServiceSpec): string[] => [imageName(spec.TaskTemplate.ContainerSpec?.Image ?? '')]
  const took = UpdateStatus?.State === 'rollback_completed' || UpdateStatus?.State === 'rollback_started'
  const present: Revision = { revision: PreviousSpec === undefined ? 1 : 2, images: imagesOf(Spec), cause: took ? 'rolled back' : '', createdAt: time(UpdatedAt), current: true }
  // When the one before came in is not kept: not before the service itself.
  return PreviousSpec === undefined ? [present] : [present, { revision: 1, images: imagesOf(PreviousSpec), cause: took ? 'taken back' : '', createdAt: time(CreatedAt), current: false }]
}

function isRunning(task: SwarmTask): boolean {
  return task.Status.State === 'running' && isTaskWanted(task)
}

/** How many tasks it wants to run (a job: to complete). For a global one Docker counts the nodes that fit. */
function desiredOf(service: SwarmService, tasks: readonly SwarmTask[]): number {
  switch (modeOf(service)) {
    case 'replicated': return replicasOf(service)
    case 'replicated-job': return service.Spec.Mode?.ReplicatedJob?.TotalCompletions ?? 1
    default: return service.ServiceStatus?.DesiredTasks ?? tasks.filter((task) => isTaskWanted(task) && !isTaskEnded(task)).length
  }
}

function countsOf({ service, tasks, nodes }: ServiceParts, slots: readonly Slot[]): Counts {
  if (isJob(service)) {
    const iteration = service.JobStatus?.JobIteration?.Index
    const done = tasks.filter(({ Status, JobIteration }) => Status.State === 'complete' && JobIteration?.Index === iteration).length
    return { desired: desiredOf(service, tasks), ready: done, updated: done, old: 0 }
  }
  const silent = new Set(nodes.filter(({ Status }) => Status.State !== 'ready').map(({ ID }) => ID))
  const running = slots.map(({ present }) => present).filter((task) => isRunning(task) && !silent.has(task.NodeID ?? ''))
  const fresh = running.filter((task) => isOfSpec(task.Spec, service.Spec.TaskTemplate))
  // One that is to be replaced runs on until its successor is there.
  const leaving = tasks.filter((task) => task.Status.State === 'running' && !isTaskWanted(task) && !isOfSpec(task.Spec, service.Spec.TaskTemplate))
  return { desired: desiredOf(service, tasks), ready: running.length, updated: fresh.length, old: running.length - fresh.length + leaving.length }
}

/** Was the task made from this template? Docker copies it into the task as it is. */
export function isOfSpec(task: TaskSpec, template: TaskSpec): boolean {
  return (task.ForceUpdate ?? 0) === (template.ForceUpdate ?? 0) && canonicalJson(task.ContainerSpec) === canonicalJson(template.ContainerSpec)
}

function healthOf(parts: ServiceParts, slots: readonly Slot[], { desired, ready }: Counts): { health: Health; why?: Explanation } {
  const { service, tasks } = parts
  const trouble = troubleOf(slots)
  const stuck = updateTrouble(parts, trouble)
  if (isJob(service)) {
    if (ready >= desired) return atRest(service)
    return trouble === undefined ? { health: 'progressing' } : { health: 'failed', why: trouble }
  }
  if (desired === 0) {
    const ending = tasks.some(({ Status }) => Status.State === 'running')
    // A global service that fits nowhere is not stopped on purpose.
    if (modeOf(service) === 'global' && !ending) return { health: 'failed', why: { reason: 'Unschedulable', message: 'No server takes it: its placement constraints hold on none that is ready and open for new tasks.' } }
    return ending ? { health: 'progressing' } : atRest(service)
  }
  if (stuck !== undefined && !wasTakenBack(service)) return { health: ready === 0 ? 'failed' : 'degraded', why: stuck }
  const moving = service.UpdateStatus?.State === 'updating' || service.UpdateStatus?.State === 'rollback_started'
  if (ready >= desired) return { health: moving ? 'progressing' : 'healthy', ...(stuck === undefined ? {} : { why: stuck }) }
  if (trouble !== undefined) return { health: ready === 0 ? 'failed' : 'degraded', why: trouble }
  return endedOf(service, slots, { desired, ready }) ?? { health: 'progressing' }
}

function endedOf(service: SwarmService, slots: readonly Slot[], { desired, ready }: Pick<Counts, 'desired' | 'ready'>): ReturnType<typeof endedService> {
  return endedService(slots, desired, ready, ({ Spec }) => isOfSpec(Spec, service.Spec.TaskTemplate))
}

/** What its labels ask to be told of it, where nothing worse is known: an alert, a canary. */
function withNotes({ service, services, alerts }: ServiceParts, found: { health: Health; why?: Explanation }): { health: Health; why?: Explanation } {
  const { health, why } = found
  const [first] = alerts
  if (first !== undefined && (health === 'healthy' || health === 'progressing')) return { health: 'degraded', why: { reason: first.reason, message: alerts.map(({ message }) => message).join(' ') } }
  if (first !== undefined && why === undefined) return { health, why: first }
  const note = why === undefined ? canaryNote(service, services) : undefined
  return note === undefined ? found : { health, why: note }
}

/** Nothing of it is to run now: on purpose, or until its next time. */
function atRest(service: SwarmService): { health: Health; why?: Explanation } {
  const asked = readSchedule(service)
  if (asked.is === 'not asked') return { health: 'stopped' }
  if (asked.is === 'refused') return { health: 'degraded', why: { reason: 'ScheduleRefused', message: asked.problems.join(' ') } }
  const { text, timeZone } = asked.settings
  return { health: 'healthy', why: { reason: 'Scheduled', message: `It waits for its next time: ${text}, ${timeZone}.` } }
}

/** Why places that want a task have none that runs: what their newest failure says. Places that have one again do not count. */
function troubleOf(slots: readonly Slot[]): Explanation | undefined {
  const empty = slots.filter((slot) => isSlotWanted(slot) && !isRunning(slot.present))
  const reasons = empty.flatMap(({ present, past }) => {
    // The one before says why the present one is not there yet; what failed earlier has been told.
    return [present, ...past.slice(0, 1)].flatMap((task) => {
      const why = taskReason(task)
      return why === undefined ? [] : [{ why, at: time(task.Status.Timestamp), waits: !isTaskEnded(task) }]
    }).slice(0, 1)
  })
  // What waits now says more than what failed before.
  return reasons.sort((a, b) => Number(b.waits) - Number(a.waits) || b.at - a.at)[0]?.why
}

function updateTrouble({ service, tasks }: ServiceParts, trouble: Explanation | undefined): Explanation | undefined {
  const { State, Message = '' } = service.UpdateStatus ?? {}
  const docker = Message === '' ? '' : ` Docker says: ${Message}.`
  const because = trouble === undefined ? docker : ` ${trouble.message}`
  if (wasTakenBack(service)) {
    const failed = newestFailure(tasks, service)
    if (failed === undefined && State !== 'rollback_completed') return undefined
    const why = failed === undefined ? undefined : taskReason(failed)
    return { reason: 'RolledBack', message: `The last update${failed === undefined ? '' : ` (${imageName(failed.Spec.ContainerSpec?.Image ?? '')})`} was taken back, and everything is as before. ${why?.message ?? docker.trim()}` }
  }
  switch (State) {
    case 'paused': return { reason: 'UpdatePaused', message: `The update stopped, because new tasks failed.${because} Mend it with another update, let it go on, or go back.` }
    case 'rollback_paused': return { reason: 'RollbackPaused', message: `The way back stopped, because its tasks failed, too.${because}` }
    default: return undefined
  }
}

function rolloutOf(parts: ServiceParts, slots: readonly Slot[], { desired, ready, updated, old }: Counts): AppDetail['rollout'] {
  const { service } = parts
  const counts = { updated, ready, desired, old }
  const state = service.UpdateStatus?.State
  const trouble = troubleOf(slots)
  const why = updateTrouble(parts, trouble) ?? (ready < desired ? trouble : undefined)
  const whyNow = why === undefined ? {} : { why }
  if (state === 'paused' || state === 'rollback_paused') return { ...counts, state: 'stuck', ...whyNow }
  const complete = isJob(service) || endedOf(service, slots, { desired, ready }) !== undefined || (ready >= desired && updated >= desired && state !== 'updating' && state !== 'rollback_started')
  return { ...counts, state: complete ? 'complete' : 'progressing', ...(complete && !wasTakenBack(service) ? {} : whyNow) }
}

/** A task of the version that was taken back that failed, as long as Swarm keeps it: Swarm itself forgets that version's spec. */
function newestFailure(tasks: readonly SwarmTask[], { Spec }: SwarmService): SwarmTask | undefined {
  const failed = tasks.filter((task) => (task.Status.State === 'failed' || task.Status.State === 'rejected') && !isOfSpec(task.Spec, Spec.TaskTemplate))
  return failed.sort((a, b) => time(b.Status.Timestamp) - time(a.Status.Timestamp))[0]
}

function onNodesOf({ service, nodes }: ServiceParts, slots: readonly Slot[]): AppOnNode[] {
  const names = nodeNames(nodes)
  const byNode = new Map(slots.map((slot) => [slot.present.NodeID ?? '', slot.present]))
  return nodes.map((node): AppOnNode => {
    const task = byNode.get(node.ID)
    const name = names.get(node.ID) ?? node.ID
    if (task !== undefined && isTaskWanted(task)) {
      const why = taskReason(task)
      return { node: name, instance: taskRef(task, service), ...(why === undefined ? {} : { why }) }
    }
    return { node: name, why: whyNotHere(node) }
  }).sort((a, b) => a.node.localeCompare(b.node))
}

function whyNotHere({ Status, Spec }: SwarmNode): Explanation {
  if (Status.State !== 'ready') return { reason: 'NodeLost', message: 'Nothing is heard from this server.' }
  if (Spec.Availability === 'drain') return { reason: 'DoesNotFit', message: 'This server is drained: it takes no tasks.' }
  if (Spec.Availability === 'pause') return { reason: 'DoesNotFit', message: 'This server is closed to new tasks.' }
  return { reason: 'DoesNotFit', message: 'The placement constraints of the service do not hold on this server.' }
}

/** The stack that a service belongs to. */
export function stackOf({ Spec }: SwarmService): string {
  return namespaceOf(Spec.Labels)
}
