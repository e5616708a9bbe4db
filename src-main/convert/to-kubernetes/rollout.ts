import type { UpdateConfig } from '../../common/compose/forms/deploy.ts'
import { SECOND } from '../conventions.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

/** How many, how they change, how they end: of every kind what it can say. */
export interface Rollout {
  readonly replicas?: number
  /** `maxSurge` and `maxUnavailable`. */
  readonly rolling?: { maxSurge: number | string; maxUnavailable: number | string }
  readonly minReadySeconds?: number
  readonly terminationGracePeriodSeconds?: number
  /** Of jobs. */
  readonly restartPolicy?: 'Never' | 'OnFailure'
  readonly backoffLimit?: number
}

/** Reads replicas, update and restart policies of a service. */
export function rolloutOf(context: ServiceContext): Rollout {
  const { service, note: all, kind } = context
  const note = all.in('deploy')
  const isJob = kind === 'Job' || kind === 'CronJob'
  const deploy = service.deploy ?? {}
  if (deploy.mode === 'global-job') note.lost('mode', 'There is no job for each node: this one runs as often as it has replicas. Use mode: global for what belongs on every node.')
  else if (kind === 'CronJob') note.changed('mode', 'It runs by the schedule of its label, each time as a job.')
  else note.same('mode')
  for (const key of Object.keys(deploy.rollback_config ?? {})) note.lost(['rollback_config', key], 'Going back is an update like any other here: update_config counts for it too.')
  return defined({
    replicas: replicasOf(context),
    ...(isJob ? (noUpdates(deploy.update_config, all), {}) : updatesOf(deploy.update_config, context)),
    terminationGracePeriodSeconds: graceOf(context),
    ...restartsOf(context, isJob),
  })
}

function replicasOf({ service, note, kind }: ServiceContext): number | undefined {
  const count = service.deploy?.replicas ?? service.scale
  if (service.scale !== undefined) {
    if (service.deploy?.replicas === undefined) note.changed('scale', 'Written as replicas; Compose says it as deploy.replicas now.')
    else note.lost('scale', 'deploy.replicas says it too, and counts.')
  }
  if (kind === 'DaemonSet') {
    note.lost(['deploy', 'replicas'], 'One runs on every node: there is nothing to count.')
    if (service.scale !== undefined) note.lost('scale', 'One runs on every node: there is nothing to count.')
    return undefined
  }
  note.same('deploy', 'replicas')
  return count
}

function noUpdates(update: UpdateConfig | undefined, note: ServiceContext['note']): void {
  for (const key of Object.keys(update ?? {})) note.lost(['deploy', 'update_config', key], 'A job runs once and is not updated: a new one is made.')
}

function updatesOf(update: UpdateConfig | undefined, { note: all, kind }: ServiceContext): Pick<Rollout, 'rolling' | 'minReadySeconds'> {
  if (update === undefined) return {}
  const note = all.in('deploy', 'update_config')
  if (update.delay !== undefined) note.lost('delay', 'There is no pause between two pods: monitor (here minReadySeconds) makes each prove itself first.')
  if (update.max_failure_ratio !== undefined) note.lost('max_failure_ratio', 'A rollout stops at the first pods that do not get ready.')
  if (update.failure_action === 'pause') note.changed('failure_action', 'What does not get ready stops the rollout, and the old pods go on.')
  else if (update.failure_action !== undefined) note.lost('failure_action', update.failure_action === 'rollback' ? 'Nothing goes back by itself: the rollout stops with the old pods serving, and one click undoes it.' : 'A rollout never goes on over pods that do not get ready.')
  const monitor = update.monitor === undefined || update.monitor === 0 ? undefined : Math.ceil(update.monitor / SECOND)
  if (update.monitor !== undefined) note.changed('monitor', monitor === undefined ? 'None.' : `A pod counts once it has been ready for ${String(monitor)} s (minReadySeconds); watching begins when it is ready, not when it starts.`)
  const count = update.parallelism === undefined ? undefined : update.parallelism === 0 ? '100%' : update.parallelism
  if (kind === 'StatefulSet') {
    const why = 'Replicas with data of their own are replaced one by one, from the last to the first, each stopped before its successor starts.'
    if (update.parallelism === 1) note.changed('parallelism', why)
    else if (update.parallelism !== undefined) note.lost('parallelism', why)
    if (update.order !== undefined) (update.order === 'stop-first' ? note.changed : note.lost)('order', why)
    return defined({ minReadySeconds: monitor })
  }
  note.same('parallelism')
  note.same('order')
  const startFirst = update.order === 'start-first'
  const rolling = count === undefined && update.order === undefined ? undefined : { maxSurge: startFirst ? (count ?? 1) : 0, maxUnavailable: startFirst ? 0 : (count ?? 1) }
  return defined({ rolling, minReadySeconds: monitor })
}

function graceOf({ service, note }: ServiceContext): number | undefined {
  const period = service.stop_grace_period
  if (period === undefined) return undefined
  const seconds = Math.ceil(period / SECOND)
  if (seconds * SECOND === period) note.same('stop_grace_period')
  else note.changed('stop_grace_period', `Whole seconds: ${String(seconds)} s.`)
  return seconds
}

function restartsOf({ service, note: all }: ServiceContext, isJob: boolean): Pick<Rollout, 'restartPolicy' | 'backoffLimit'> {
  const policy = service.deploy?.restart_policy
  const note = all.in('deploy', 'restart_policy')
  if (service.restart !== undefined) {
    if (policy?.condition !== undefined) all.lost('restart', 'deploy.restart_policy says it too, and counts.')
    else if (isJob || service.restart === 'always' || service.restart === 'unless-stopped') all.changed('restart', isJob ? 'The policy of the job\'s pods.' : 'A pod\'s containers are always restarted.')
    else all.lost('restart', 'What runs as a service is always restarted: deploy it as a job (deploy.mode: replicated-job) if it ends.')
  }
  for (const key of ['delay', 'window'] as const) if (policy?.[key] !== undefined) note.lost(key, 'Kubernetes waits longer with every crash (10 s, 20 s, to 5 min) and begins anew after 10 min without one.')
  const condition = policy?.condition ?? service.restart
  const attempts = policy?.max_attempts
  if (!isJob) {
    if (policy?.condition !== undefined) {
      if (policy.condition === 'none') note.lost('condition', 'What runs as a service is always restarted: deploy it as a job (deploy.mode: replicated-job) if it ends.')
      else note.changed('condition', policy.condition === 'on-failure' ? 'Restarted whenever it ends, well or not.' : 'A pod\'s containers are always restarted.')
    }
    if (attempts !== undefined) note.lost('max_attempts', 'Kubernetes never gives up: an alert on crash loops tells you instead.')
    return {}
  }
  if (policy?.condition === 'none' || policy?.condition === 'on-failure') note.same('condition')
  else if (policy?.condition !== undefined) note.changed('condition', 'A job that ended well is done: on-failure.')
  note.same('max_attempts')
  return defined({ restartPolicy: condition === 'none' || condition === 'no' ? 'Never' as const : 'OnFailure' as const, backoffLimit: attempts })
}
