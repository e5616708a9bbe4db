import type { CronJobSummary, Health, JobSummary } from '../../common/contract/index.ts'
import type { CronJob } from '../../common/kube/generated/batch-v1.ts'
import { refOf, time } from '../views/refs.ts'
import { imagesOf } from '../views/revisions.ts'

/** A CronJob for the screens. `jobs`: the views of the jobs it started that are kept. The next times are the screens' to count: they pass without anything changing. */
export function cronJobSummary(cron: Readonly<CronJob>, jobs: readonly JobSummary[]): CronJobSummary {
  const { metadata, spec, status } = cron
  const [last] = [...jobs].sort((a, b) => b.createdAt - a.createdAt || (a.ref.name < b.ref.name ? 1 : -1))
  const active = jobs.filter((j) => j.state === 'running' || j.state === 'waiting')
  const { health, why } = healthOf(spec.suspend === true, last)
  return {
    id: metadata.uid, ref: refOf(cron), schedule: spec.schedule, timeZone: spec.timeZone ?? 'UTC', suspended: spec.suspend === true,
    concurrency: spec.concurrencyPolicy === 'Forbid' || spec.concurrencyPolicy === 'Replace' ? spec.concurrencyPolicy : 'Allow',
    health, ...(why === undefined ? {} : { why }), active: active.length,
    ...(last === undefined ? {} : { last: { ref: last.ref, state: last.state, at: last.endedAt ?? last.startedAt ?? last.createdAt } }),
    ...(status?.lastScheduleTime === undefined ? {} : { lastScheduledAt: time(status.lastScheduleTime) }), ...(status?.lastSuccessfulTime === undefined ? {} : { lastSucceededAt: time(status.lastSuccessfulTime) }),
    images: imagesOf(spec.jobTemplate.spec?.template), createdAt: time(metadata.creationTimestamp),
  }
}

/** As its last job is: one that failed is told until one succeeds. */
function healthOf(suspended: boolean, last: JobSummary | undefined): { health: Health } & Pick<CronJobSummary, 'why'> {
  if (suspended) return { health: 'stopped' }
  if (last?.state === 'failed' || last?.health === 'degraded') return { health: 'degraded', ...(last.why === undefined ? {} : { why: last.why }) }
  return { health: last?.state === 'running' || last?.state === 'waiting' ? 'progressing' : 'healthy' }
}
