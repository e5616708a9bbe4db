import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CronJob, Job } from '../../../common/kube/generated/batch-v1.ts'
import { CronJobs, DaemonSets, Jobs, ReplicationControllers } from '../../../common/kube/kinds.ts'
import { formatIndexes, parseIndexes } from '../../../common/kube/job-indexes.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { cronJobKind } from './cron-job.ts'
import { daemonSetKind } from './daemon-set.ts'
import { jobKind } from './job.ts'
import type { Kind } from './kind.ts'
import { replicationControllerKind } from './replication-controller.ts'

const container = { name: 'c', image: 'i' }
const template = (spec: object = {}): object => ({ metadata: { labels: { a: 'b' } }, spec: { containers: [container], restartPolicy: 'Never', ...spec } })
const job = (spec: object = {}): object => ({ spec: { template: template(), ...spec } })
const cron = (spec: object = {}, jobSpec: object = {}): object => ({ spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: template(), ...jobSpec } }, ...spec } })
const daemon = (spec: object = {}): object => ({ spec: { selector: { matchLabels: { a: 'b' } }, template: template({ restartPolicy: 'Always' }), ...spec } })
const indexed = { completionMode: 'Indexed', completions: 5 }
const rolling = (rollingUpdate: object): object => daemon({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
const failurePolicy = (rule: object, more: object = {}): object => job({ podFailurePolicy: { rules: [rule] }, ...more })

function problems(kind: Kind, object: object): string[] {
  const errors = new FieldErrors()
  const draft = structuredClone({ metadata: { name: 'x', uid: 'u' }, ...object }) as never
  kind.defaults?.(draft)
  kind.prepareForCreate?.(draft, { get: () => undefined, list: () => [], now: () => 0 }, { user: 'tester', groups: [] }, { find: () => undefined, findKind: () => undefined })
  kind.validate?.(draft, errors)
  return errors.causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}

describe('validation in upstream\'s words', () => {
  test.each<[string, Kind, object, string[]]>([
    ['a good job', jobKind, job(), []],
    ['restarted for ever', jobKind, { spec: { template: template({ restartPolicy: 'Always' }) } }, ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']],
    ['negative', jobKind, job({ parallelism: -1, backoffLimit: -2 }), ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0', 'spec.backoffLimit: Invalid value: -2: must be greater than or equal to 0']],
    ['a selector by hand', jobKind, job({ selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'other' } } }), ['spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"other"}}: `selector` not auto-generated']],
    ['a manual selector', jobKind, job({ manualSelector: true, selector: { matchLabels: { a: 'b' } } }), []],
    ['a manual selector that does not match', jobKind, job({ manualSelector: true, selector: { matchLabels: { a: 'c' } } }), ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`']],
    ['indexed without a number', jobKind, job({ completionMode: 'Indexed', parallelism: 2 }), ['spec.completions: Required value: when completion mode is Indexed']],
    ['a name too long for its pods', jobKind, { metadata: { name: 'x'.repeat(62), uid: 'u' }, ...job(indexed) }, [`metadata.name: Invalid value: "${'x'.repeat(62)}": will not able to create pod with invalid DNS label: ${'x'.repeat(62)}-4`]],
    ['a limit per index without indexes', jobKind, job({ backoffLimitPerIndex: 1 }), ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode']],
    ['a limit of failed indexes alone', jobKind, job({ ...indexed, maxFailedIndexes: 1 }), ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified']],
    ['more failed indexes than indexes', jobKind, job({ ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 }), ['spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions']],
    ['a good failure policy', jobKind, failurePolicy({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42], containerName: 'c' } }), []],
    ['a failure policy and restarts', jobKind, failurePolicy({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }, { template: template({ restartPolicy: 'OnFailure' }) }), ['spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified']],
    ['exit code 0 as a failure', jobKind, failurePolicy({ action: 'Count', onExitCodes: { operator: 'In', values: [0, 0] } }), ['[0]: Invalid value: 0: must not be 0 for the In operator', '[1]: Invalid value: 0: must not be 0 for the In operator', '[1]: Duplicate value: 0'].map((e) => `spec.podFailurePolicy.rules[0].onExitCodes.values${e}`)],
    ['unordered exit codes', jobKind, failurePolicy({ action: 'Count', onExitCodes: { operator: 'NotIn', values: [3, 1] } }), ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1]: must be ordered']],
    ['FailIndex without a limit', jobKind, failurePolicy({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }), ['spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set']],
    ['a failure policy that replaces too early', jobKind, failurePolicy({ action: 'Count', onExitCodes: { operator: 'In', values: [1] } }, { podReplacementPolicy: 'TerminatingOrFailed' }), ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"']],
    ['a success policy without indexes', jobKind, job({ successPolicy: { rules: [{ succeededCount: 1 }] } }), ['spec.successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode']],
    ['a success rule beyond the indexes', jobKind, job({ ...indexed, successPolicy: { rules: [{ succeededIndexes: '1-7' }, {}] } }), ['spec.successPolicy.rules[0].succeededIndexes: Invalid value: "1-7": error parsing succeededIndexes: too large index: "7"', 'spec.successPolicy.rules[1]: Required value: at least one of succeededCount or succeededIndexes must be specified']],
    ['another manager', jobKind, job({ managedBy: 'acme' }), ['spec.managedBy: Invalid value: "acme": must be a domain-prefixed path (such as "acme.io/foo")']],
    ['a good cron job', cronJobKind, cron(), []],
    ['a bad schedule', cronJobKind, cron({ schedule: '* * *' }), ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]']],
    ['a zone in the schedule', cronJobKind, cron({ schedule: 'CRON_TZ=UTC 0 * * * *' }), ['spec.schedule: Invalid value: "CRON_TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead']],
    ['an unknown zone', cronJobKind, cron({ timeZone: 'Mars/Base' }), ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base']],
    ['a long name', cronJobKind, { metadata: { name: 'x'.repeat(53) }, ...cron() }, [`metadata.name: Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`]],
    ['a policy nobody knows', cronJobKind, cron({ concurrencyPolicy: 'Wait' }), ['spec.concurrencyPolicy: Unsupported value: "Wait": supported values: "Allow", "Forbid", "Replace"']],
    ['a selector in the template', cronJobKind, cron({}, { selector: {}, manualSelector: true }), ['spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated', 'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "false", "nil"']],
    ['a good daemon set', daemonSetKind, daemon(), []],
    ['no step possible', daemonSetKind, rolling({ maxUnavailable: 0 }), ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0']],
    ['both ways at once', daemonSetKind, rolling({ maxUnavailable: 1, maxSurge: '10%' }), ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "10%": may not be set when maxUnavailable is non-zero']],
    ['a daemon that ends', daemonSetKind, daemon({ template: template() }), ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"']],
    ['selects everything', daemonSetKind, daemon({ selector: {} }), ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset']],
    ['a good replication controller', replicationControllerKind, { spec: { template: template({ restartPolicy: 'Always' }) } }, []],
    ['selects another', replicationControllerKind, { spec: { selector: { a: 'c' }, template: template({ restartPolicy: 'Always' }) } }, ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`']],
  ])('%s', (_, kind, object, expected) => expect(problems(kind, object)).toEqual(expected))

  test.each([['0,2-4,7', [0, 2, 3, 4, 7]], ['', []], ['1,2', [1, 2]], ['3-1', undefined], ['2,1', undefined], ['a', undefined], ['0-99999999', undefined]])('the indexes %j', (text, expected) => {
    const indexes = parseIndexes(text)
    expect(indexes === undefined ? undefined : [...indexes]).toEqual(expected)
    if (indexes !== undefined) expect(formatIndexes(indexes)).toBe(text)
  })
})

describe('on the API', () => {
  let api: TestApi
  beforeEach(async () => (api = await startTestApi()))
  afterEach(() => api.close())
  const create = async <T>(resource: typeof Jobs | typeof CronJobs | typeof DaemonSets | typeof ReplicationControllers, object: object): Promise<T> =>
    (await api.api.create(resource, 'default', { metadata: { name: 'x' }, ...object }, AS_TESTER)) as T
  const update = (current: Readonly<Job>, spec: object): Promise<unknown> => api.api.update(Jobs, 'default', 'x', { ...current, spec: { ...current.spec, ...spec } }, AS_TESTER)

  test('a job is filled in: its pods know it by labels that nobody else has', async () => {
    const { metadata, spec } = await create<Job>(Jobs, job())
    const own = { 'batch.kubernetes.io/controller-uid': metadata.uid }
    expect(spec).toMatchObject({
      completions: 1, parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, manualSelector: false, podReplacementPolicy: 'TerminatingOrFailed', selector: { matchLabels: own },
      template: { metadata: { labels: { ...own, a: 'b', 'controller-uid': metadata.uid, 'job-name': 'x', 'batch.kubernetes.io/job-name': 'x' } } },
    })
    expect(metadata.labels).toEqual({ a: 'b' })
  })

  test.each<[string, object, object, string | undefined]>([
    ['its parallelism', {}, { parallelism: 3, suspend: true }, undefined],
    ['its number', {}, { completions: 2 }, 'spec.completions: Invalid value: 2: field is immutable'],
    ['its template', {}, { template: template({ containers: [{ name: 'c', image: 'other' }] }) }, 'spec.template'],
    ['an indexed one\'s size', indexed, { completions: 7, parallelism: 7 }, undefined],
    ['an indexed one\'s number alone', indexed, { completions: 7 }, 'spec.completions: Invalid value: 7: can only be modified in tandem with spec.parallelism'],
    ['its success policy', indexed, { successPolicy: { rules: [{ succeededCount: 1 }] } }, 'spec.successPolicy'],
  ])('changing %s', async (_, before, after, why) => {
    const current = await create<Job>(Jobs, job(before))
    if (why === undefined) await update(current, after)
    else await expect(update(current, after)).rejects.toThrow(why)
  })

  test('a suspended job that never ran may be sent elsewhere, one that ran may not', async () => {
    const current = await create<Job>(Jobs, job({ suspend: true }))
    const { spec } = current
    const moved = { ...spec.template, spec: { ...spec.template.spec, nodeSelector: { disk: 'fast' } } }
    const after = (await update(current, { template: moved })) as Job
    await api.api.updateStatus(Jobs, 'default', 'x', { ...after, status: { startTime: '2026-01-01T00:00:00Z' } }, AS_TESTER)
    const ran = api.api.get(Jobs, 'default', 'x') as Job
    await expect(update(ran, { template: { ...moved, spec: { ...moved.spec, nodeSelector: {} } } })).rejects.toThrow('spec.template')
  })

  test('a delete that says nothing of its pods leaves them; one that says something does not', async () => {
    await create(Jobs, job())
    await api.api.delete(Jobs, 'default', 'x', {}, AS_TESTER)
    expect(api.api.get(Jobs, 'default', 'x').metadata.finalizers).toEqual(['orphan'])
    await create(ReplicationControllers, { spec: { template: template({ restartPolicy: 'Always' }) } })
    expect((await api.api.delete(ReplicationControllers, 'default', 'x', { propagationPolicy: 'Background' }, AS_TESTER)).gone).toBe(true)
  })

  test('the defaults of the others', async () => {
    const daemonSet = await create<{ spec: object }>(DaemonSets, daemon())
    expect(daemonSet.spec).toMatchObject({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, revisionHistoryLimit: 10 })
    const cronJob = await create<CronJob>(CronJobs, cron())
    expect(cronJob.spec).toMatchObject({ concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
    expect(cronJob.spec.jobTemplate.spec).not.toHaveProperty('parallelism')
  })

  const cells = (kind: Kind, object: object): unknown[] => kind.columns.filter((c) => c.priority !== 1).map((c) => c.cell({ metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }, ...object } as never, Date.parse('2026-01-01T01:00:00Z')))
  test.each<[Kind, object, unknown[]]>([
    [jobKind, { ...job({ completions: 3 }), status: { succeeded: 1, startTime: '2026-01-01T00:59:00Z' } }, ['x', 'Running', '1/3', '60s', '60m']],
    [jobKind, { ...job({ parallelism: 4 }), status: { conditions: [{ type: 'Suspended', status: 'True' }] } }, ['x', 'Suspended', '0/1 of 4', '', '60m']],
    [jobKind, { ...job({ completions: 1 }), status: { succeeded: 1, startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:00:12Z', conditions: [{ type: 'SuccessCriteriaMet', status: 'True' }, { type: 'Complete', status: 'True' }] } }, ['x', 'Complete', '1/1', '12s', '60m']],
    [cronJobKind, { ...cron({ timeZone: 'Asia/Seoul' }), status: { active: [{}], lastScheduleTime: '2026-01-01T00:58:30Z' } }, ['x', '0 * * * *', 'Asia/Seoul', 'False', 1, '90s', '60m']],
    [daemonSetKind, { ...daemon(), status: { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 } }, ['x', 3, 2, 1, 0, 0, '<none>', '60m']],
  ])('columns', (kind, object, expected) => expect(cells(kind, object)).toEqual(expected))
})
