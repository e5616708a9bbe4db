import { offsetAt } from '../../../common/cron/time-zone.ts'
import type { CronJob, Job } from '../../../common/kube/generated/batch-v1.ts'
import type { ObjectReference } from '../../../common/kube/generated/core-v1.ts'
import { SCHEDULED_AT } from '../../../common/kube/job.ts'
import { CronJobs, Jobs } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'

/** The Job of a CronJob for a time (milliseconds since the epoch). Its name says the minute, so that it cannot be made twice. */
export function jobFor(cronJob: Frozen<CronJob>, at: number): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-${String(Math.floor(at / 60_000))}`, namespace: cronJob.metadata.namespace ?? '', labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: localTime(at, cronJob.spec.timeZone ?? 'UTC') }, ownerReferences: [controllerReference(CronJobs, cronJob)],
    },
    spec: structuredClone(spec) ?? { template: {} },
  }
}

/** How a CronJob's status names a Job. */
export function referenceTo(job: Frozen<Job>): ObjectReference {
  const { name, namespace = '', uid, resourceVersion } = job.metadata
  return { apiVersion: apiVersionOf(Jobs), kind: Jobs.kind, name, namespace, uid, resourceVersion }
}

/** RFC 3339 in a zone. */
function localTime(at: number, zone: string): string {
  const offset = offsetAt(zone, at) / 60_000
  const local = new Date(at + offset * 60_000).toISOString().slice(0, 19)
  if (offset === 0) return `${local}Z`
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
}
