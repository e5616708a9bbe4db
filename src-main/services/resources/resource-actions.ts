import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { ObjectAbility, ObjectRef } from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import type { CronJob, Job, JobSpec } from '../../common/kube/generated/batch-v1.ts'
import { OF_ONE_JOB } from '../../common/kube/job.ts'
import { CronJobs, Jobs } from '../../common/kube/kinds.ts'
import type { Draft, KubeObject } from '../../common/kube/object.ts'
import { RESTARTED_AT } from '../../common/kube/well-known.ts'
import type { Client } from '../../engine/client/client.ts'
import { refOf } from '../views/refs.ts'
import { abilitiesOf } from './object-view.ts'
import type { ResourceApi, ServedKind } from './resource-api.ts'
import { servedKind } from './resource-api.ts'

const MERGE = 'application/merge-patch+json'
/** Room for the letters that make the name unique: a Job's pods have its name as a label. */
const NAME_MAX = 52

const CANNOT: Readonly<Record<ObjectAbility, string>> = {
  scale: 'has no replicas to scale', restart: 'has no rollout to restart', suspend: 'cannot be suspended', pause: 'has no rollouts to pause', run: 'cannot be run by hand: only a Job and a CronJob can',
}

/** The buttons of an object's page, as the writes that kubectl would do. */
export class ResourceActions {
  readonly #api: ResourceApi
  readonly #client: Client
  readonly #clock: Clock

  constructor({ api, client, clock }: { api: ResourceApi; client: Client; clock: Clock }) {
    this.#api = api
    this.#client = client
    this.#clock = clock
  }

  async scale(ref: ObjectRef, replicas: number): Promise<void> {
    const { resource } = this.#able(ref, 'scale')
    if (!Number.isSafeInteger(replicas) || replicas < 0) throw badRequest(`${String(replicas)} is no number of replicas: a whole number, 0 or more.`)
    await this.#client.patch(resource, ref.namespace, ref.name, MERGE, { spec: { replicas } }, 'scale')
  }

  async restart(ref: ObjectRef): Promise<void> {
    const { resource } = this.#able(ref, 'restart')
    const { spec } = (await this.#client.get(resource, ref.namespace, ref.name)) as { spec?: { paused?: boolean } }
    if (spec?.paused === true) throw badRequest(`${ref.name} is paused: resume its rollout first.`)
    const annotations = { [RESTARTED_AT]: timestamp(this.#clock.now()) }
    await this.#client.patch(resource, ref.namespace, ref.name, MERGE, { spec: { template: { metadata: { annotations } } } })
  }

  async suspend(ref: ObjectRef, suspended: boolean): Promise<void> {
    const { resource } = this.#able(ref, 'suspend')
    await this.#client.patch(resource, ref.namespace, ref.name, MERGE, { spec: { suspend: suspended } })
  }

  async pause(ref: ObjectRef, paused: boolean): Promise<void> {
    const { resource } = this.#able(ref, 'pause')
    await this.#client.patch(resource, ref.namespace, ref.name, MERGE, { spec: { paused } })
  }

  async runNow(ref: ObjectRef): Promise<ObjectRef> {
    const { resource } = this.#able(ref, 'run')
    const job = jobToRun(await this.#client.get<CronJob | Job>(resource.kind === 'CronJob' ? CronJobs : Jobs, ref.namespace, ref.name))
    servedKind(this.#api, { apiVersion: 'batch/v1', kind: 'Job' })
    return refOf(await this.#client.create(Jobs, job))
  }

  #able(ref: ObjectRef, ability: ObjectAbility): ServedKind {
    const kind = servedKind(this.#api, ref)
    if (!abilitiesOf(this.#api, kind).includes(ability)) throw badRequest(`A ${ref.kind} ${CANNOT[ability]}.`)
    return kind
  }
}

/** The Job that is started when an object is run by hand. */
export function jobToRun(of: Readonly<KubeObject>): Draft<Job> {
  if (of.kind === 'CronJob') return jobOfCronJob(of as Readonly<CronJob>)
  if (of.kind === 'Job') return jobAgain(of as Readonly<Job>)
  throw badRequest(`A ${of.kind} ${CANNOT.run}.`)
}

/** The Job that `kubectl create job --from=cronjob/…` makes. */
export function jobOfCronJob(cron: Readonly<CronJob>): Draft<Job> {
  const template = cron.spec?.jobTemplate
  if (template?.spec === undefined) throw new StatusError('Invalid', `${cron.metadata.name} has no job template.`)
  const { name, namespace = '', uid } = cron.metadata
  const { labels, annotations } = template.metadata ?? {}
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      generateName: `${name.slice(0, NAME_MAX)}-`, namespace, ...(labels === undefined ? {} : { labels: { ...labels } }), annotations: { ...annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }],
    },
    spec: structuredClone(template.spec),
  }
}

/** A Job once more: the same work without what makes it that very one. */
export function jobAgain(job: Readonly<Job>): Draft<Job> {
  if (job.spec === undefined) throw new StatusError('Invalid', `${job.metadata.name} has no spec.`)
  const { selector: _own, manualSelector: _manual, suspend: _held, ...rest } = structuredClone(job.spec)
  const spec: JobSpec = rest
  const without = (labels: Record<string, string> | undefined): Record<string, string> => Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !OF_ONE_JOB.includes(key)))
  if (spec.template.metadata?.labels !== undefined) spec.template.metadata.labels = without(spec.template.metadata.labels)
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: { generateName: `${job.metadata.name.slice(0, NAME_MAX)}-`, namespace: job.metadata.namespace ?? '', labels: without(job.metadata.labels) },
    spec,
  }
}
