import { service as serviceForm } from '../../common/compose/forms/service.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { DaemonSet, Deployment, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { CronJob, Job, JobSpec } from '../../common/kube/generated/batch-v1.ts'
import type { PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import { APP, COMPOSE_SERVICE, PART_OF, SCHEDULE, SECOND } from '../conventions.ts'
import type { Note } from '../report.ts'
import { notSame } from '../report.ts'
import { defined } from '../to-kubernetes/context.ts'
import { claimNote } from './contents.ts'
import { serviceOf } from './container.ts'
import type { Given, Making } from './context.ts'
import { mountsOf } from './mounts.ts'
import { podOf } from './pod.ts'
import { portsOf } from './ports.ts'

export type Workload = Deployment | StatefulSet | DaemonSet | Job | CronJob

/** Puts a workload's containers into the file, each as a service; the first has the workload's name. Returns that name. */
export function addWorkload({ object, note }: Given<Workload>, making: Making): string {
  const kubeName = object.metadata.name
  const name = object.metadata.annotations?.[COMPOSE_SERVICE] ?? kubeName
  note.same('metadata')
  if (object.metadata.labels?.[APP] !== kubeName) note.changed(['metadata', 'labels', APP], 'Found by the name of the service.')
  for (const key of Object.keys(object.metadata.labels ?? {})) if (key !== APP && key !== PART_OF) note.lost(['metadata', 'labels', key], 'Only pods have labels in Compose, and what is asked for by annotations.')
  const { template, at } = templateOf(object, note)
  const own = deployOf(object, note)
  const claims = new Set<string>()
  if (object.kind === 'StatefulSet') {
    for (const [i, claim] of ((object as StatefulSet).spec?.volumeClaimTemplates ?? []).entries()) {
      claims.add(claim.metadata.name)
      claimNote(claim, note.in('spec', 'volumeClaimTemplates', i))
    }
  }
  const pod = podOf(template, at, kubeName, making)
  const spec = template.spec ?? { containers: [] }
  spec.initContainers?.forEach((_, i) => at.lost(['spec', 'initContainers', i], 'Docker starts no container before another: do it at the start of the app, or as a service that the other depends on (Docker Compose).'))
  spec.containers.forEach((container, i) => {
    const base = at.in('spec', 'containers', i)
    const of = i === 0 ? base : notSame(base, 'It is a service of its own now.')
    if (container.name !== kubeName) of.changed('name', 'A service is called by the name of its workload.')
    else of.same('name')
    const parts: Service[] = [serviceOf(container, of, making), mountsOf(container, spec, of, at.in('spec'), claims, making), pod, own]
    if (i === 0) parts.push(portsOf(kubeName, template.metadata?.labels ?? {}, container, of, making))
    else of.remark([], 'A service of its own: it no longer shares the pod\'s network (localhost) and volumes.')
    making.model.services[i === 0 ? name : `${name}-${container.name}`] = parts.reduce((a, b) => serviceForm.merge(a, b))
  })
  return name
}

function templateOf(object: Workload, note: Note): { template: PodTemplateSpec; at: Note } {
  if (object.kind === 'CronJob') return { template: (object as CronJob).spec?.jobTemplate.spec?.template ?? {}, at: note.in('spec', 'jobTemplate', 'spec', 'template') }
  return { template: (object as Deployment).spec?.template ?? {}, at: note.in('spec', 'template') }
}

/** How many, and how they change. */
function deployOf(object: Workload, note: Note): Service {
  const labels = Object.fromEntries(Object.entries(object.metadata.annotations ?? {}).filter(([key]) => key !== COMPOSE_SERVICE))
  const at = note.in('spec')
  at.same('replicas')
  const selector = (object as Deployment).spec?.selector
  if (JSON.stringify(selector) === JSON.stringify({ matchLabels: { [APP]: object.metadata.name } })) at.same('selector')
  else at.changed('selector', 'Pods are found by the service that they are of.')
  switch (object.kind) {
    case 'CronJob': {
      const { schedule = '', jobTemplate } = (object as CronJob).spec ?? {}
      at.same('schedule')
      note.remark([], 'Docker has no schedules: Toque starts it, by the label toque.schedule, while an engine runs.')
      return jobOf(jobTemplate?.spec, { ...labels, [SCHEDULE]: schedule }, at.in('jobTemplate', 'spec'))
    }
    case 'Job': return jobOf((object as Job).spec, labels, at)
    case 'DaemonSet': {
      const spec = (object as DaemonSet).spec
      return { deploy: defined<NonNullable<Service['deploy']>>({ mode: 'global', labels, update_config: updates(spec?.updateStrategy, spec?.minReadySeconds, at, 'updateStrategy', { maxSurge: 0, maxUnavailable: 1 }) }) }
    }
    case 'StatefulSet': {
      const spec = (object as StatefulSet).spec
      for (const key of ['serviceName', 'podManagementPolicy']) at.changed(key, 'Replicas have numbers ({{.Task.Slot}}) but no names of their own, and start in any order.')
      if ((spec?.replicas ?? 1) > 1) note.remark([], 'Each replica had data of its own. In Swarm all of one node share the volume: run one replica, or a service for each.')
      return { deploy: defined<NonNullable<Service['deploy']>>({ mode: 'replicated', replicas: spec?.replicas, labels, update_config: updates(spec?.updateStrategy, spec?.minReadySeconds, at, 'updateStrategy') }) }
    }
    default: {
      const spec = (object as Deployment).spec
      at.changed('progressDeadlineSeconds', 'Swarm gives up by itself when tasks fail within update_config.monitor.')
      return { deploy: defined<NonNullable<Service['deploy']>>({ mode: 'replicated', replicas: spec?.replicas, labels, update_config: updates(spec?.strategy, spec?.minReadySeconds, at, 'strategy', { maxSurge: '25%', maxUnavailable: '25%' }) }) }
    }
  }
}

function jobOf(spec: JobSpec | undefined, labels: Record<string, string>, note: Note): Service {
  for (const key of ['completions', 'parallelism', 'backoffLimit']) note.same(key)
  const replicas = spec?.completions
  if (spec?.parallelism !== undefined && spec.parallelism !== (replicas ?? 1)) note.lost('parallelism', 'All run at once: start fewer, or let the app share the work out.')
  const policy = spec?.template.spec?.restartPolicy
  note.same('template', 'spec', 'restartPolicy')
  return { deploy: defined<NonNullable<Service['deploy']>>({ mode: 'replicated-job', replicas, labels, restart_policy: defined({ condition: policy === 'Never' ? 'none' : policy === 'OnFailure' ? 'on-failure' : undefined, max_attempts: spec?.backoffLimit }) }) }
}

/** How many replicas a rollout may add, and how many may be missing meanwhile. */
interface Rolling { maxSurge?: number | string; maxUnavailable?: number | string }

/** `otherwise`: what counts where a rolling update says only one of the two; none: replicas with data of their own, which are replaced one by one. */
function updates(strategy: { type?: string; rollingUpdate?: Rolling } | undefined, ready: number | undefined, note: Note, key: string, otherwise?: Rolling): NonNullable<Service['deploy']>['update_config'] {
  if (ready !== undefined) note.changed('minReadySeconds', 'Swarm watches for so long (monitor) from a task\'s start.')
  const monitor = ready === undefined ? undefined : ready * SECOND
  if (strategy?.type === 'Recreate') note.changed([key, 'type'], 'All at once, the old ones first (parallelism: 0).')
  else if (strategy?.type === 'OnDelete') note.lost([key, 'type'], 'Swarm replaces tasks by itself.')
  else if (otherwise === undefined) note.changed([key, 'type'], 'One at a time, as by default.')
  else note.same(key, 'type')
  const rolling = strategy?.rollingUpdate
  if (strategy?.type === 'Recreate') return defined({ parallelism: 0, order: 'stop-first', monitor })
  if (rolling === undefined || otherwise === undefined) return monitor === undefined ? undefined : { monitor }
  const { maxSurge = 0, maxUnavailable = 0 } = { ...otherwise, ...rolling }
  const startFirst = parseInt(String(maxSurge), 10) > 0
  const amount = startFirst ? maxSurge : maxUnavailable
  for (const field of ['maxSurge', 'maxUnavailable'] as const) {
    const both = startFirst && parseInt(String(maxUnavailable), 10) > 0 && field === 'maxUnavailable'
    if (both) note.lost([key, 'rollingUpdate', field], 'Swarm either starts the new ones first or stops the old ones first.')
    else if (typeof amount === 'string' && amount !== '100%') note.changed([key, 'rollingUpdate', field], 'Swarm counts, it takes no percentage: one at a time.')
    else note.same(key, 'rollingUpdate', field)
  }
  return defined({ parallelism: amount === '100%' ? 0 : typeof amount === 'string' ? 1 : amount, order: startFirst ? 'start-first' : 'stop-first', monitor })
}
