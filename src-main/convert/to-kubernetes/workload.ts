import type { DaemonSet, Deployment, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { CronJob, Job, JobSpec } from '../../common/kube/generated/batch-v1.ts'
import type { Container, PersistentVolumeClaim, PodSpec, PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { APP, SCHEDULE } from '../conventions.ts'
import type { Meta, ServiceContext, WorkloadKind } from './context.ts'
import { defined } from './context.ts'
import { probesOf } from './health.ts'
import { hostsOf } from './hosts.ts'
import { annotationsOf, asked } from './labels.ts'
import { mountsOf } from './mounts.ts'
import { networkLabelsOf } from './networks.ts'
import { placementOf } from './placement.ts'
import { containerPortsOf } from './ports.ts'
import { lifecycleOf, processOf } from './process.ts'
import { resourcesOf } from './resources.ts'
import type { Rollout } from './rollout.ts'
import { rolloutOf } from './rollout.ts'
import { podSecurityOf, securityOf } from './security.ts'

/** After how many seconds without progress a rollout has failed, where nothing is said. */
const PROGRESS_S = 600

export type Workload = Draft<Deployment> | Draft<StatefulSet> | Draft<DaemonSet> | Draft<Job> | Draft<CronJob>

/** Which kind a service becomes. `hasOwnVolumes`: does it have data that no other service mounts? */
export function kindOf(service: ServiceContext['service'], hasOwnVolumes: boolean): WorkloadKind {
  if (asked(service, SCHEDULE) !== undefined) return 'CronJob'
  switch (service.deploy?.mode) {
    case 'global': return 'DaemonSet'
    case 'replicated-job': case 'global-job': return 'Job'
    default: return hasOwnVolumes ? 'StatefulSet' : 'Deployment'
  }
}

/** A service's workload. `claims`: of a StatefulSet, each replica's own. */
export function workloadOf(context: ServiceContext, meta: Meta, claims: readonly Draft<PersistentVolumeClaim>[]): Workload {
  const { kubeName, kind, service, note } = context
  const { workload, pod, podLabels } = annotationsOf(context)
  const rollout = rolloutOf(context)
  const { volumes, volumeMounts } = mountsOf(context)
  const container = defined<Container>({
    name: kubeName, ...processOf(context), ports: containerPortsOf(context), ...resourcesOf(context), ...probesOf(context), ...lifecycleOf(context), ...securityOf(context), volumeMounts,
  })
  const base = meta(kubeName)
  const template: PodTemplateSpec = {
    metadata: defined({ labels: { ...podLabels, ...networkLabelsOf(context), ...base.labels }, annotations: pod }),
    spec: defined<PodSpec>({
      ...hostsOf(context), ...podSecurityOf(context), ...placementOf(context), restartPolicy: rollout.restartPolicy,
      terminationGracePeriodSeconds: rollout.terminationGracePeriodSeconds, containers: [container], volumes,
    }),
  }
  const metadata = defined({ ...base, annotations: workload })
  const selector = { matchLabels: { [APP]: kubeName } }
  const { replicas, rolling, minReadySeconds } = rollout
  switch (kind) {
    case 'Deployment': return { apiVersion: 'apps/v1', kind, metadata, spec: defined({ replicas, selector, minReadySeconds, progressDeadlineSeconds: patienceOf(minReadySeconds), strategy: rolling && { type: 'RollingUpdate', rollingUpdate: rolling }, template }) }
    case 'DaemonSet': return { apiVersion: 'apps/v1', kind, metadata, spec: defined({ selector, minReadySeconds, updateStrategy: rolling && { type: 'RollingUpdate', rollingUpdate: rolling }, template }) }
    case 'StatefulSet': return {
      apiVersion: 'apps/v1', kind, metadata,
      // Volumes were never started in order.
      spec: defined({ replicas, selector, serviceName: kubeName, podManagementPolicy: 'Parallel', minReadySeconds, template, volumeClaimTemplates: [...claims] as PersistentVolumeClaim[] }),
    }
    case 'Job': return { apiVersion: 'batch/v1', kind, metadata, spec: jobSpec(rollout, template) }
    case 'CronJob': {
      const schedule = asked(service, SCHEDULE) ?? ''
      const path = service.deploy?.labels?.[SCHEDULE] === undefined ? ['labels', SCHEDULE] : ['deploy', 'labels', SCHEDULE]
      if (path[0] === 'deploy') note.same(...path)
      else note.changed(path, 'The schedule of the CronJob.')
      return { apiVersion: 'batch/v1', kind, metadata, spec: { schedule, jobTemplate: { spec: jobSpec(rollout, template) } } }
    }
  }
}

/** A rollout that gives up after this many seconds without progress has to be more patient than each pod's proof takes. Undefined: it is, by itself. */
function patienceOf(minReadySeconds: number | undefined): number | undefined {
  return minReadySeconds === undefined || minReadySeconds < PROGRESS_S ? undefined : minReadySeconds + PROGRESS_S
}

function jobSpec({ replicas, backoffLimit }: Rollout, template: PodTemplateSpec): JobSpec {
  return defined({ completions: replicas, parallelism: replicas, backoffLimit, template })
}
