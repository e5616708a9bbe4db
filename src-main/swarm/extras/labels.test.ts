import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TOQUE_LABELS } from '../../common/compose/assist/toque-labels.ts'
import type { Mount, ServiceSpec, TaskSpec } from '../docker/specs.ts'
import { mostOf, readAlert } from './alert/settings.ts'
import { readAutoscale } from './autoscale/settings.ts'
import { readCanary } from './canary/settings.ts'
import type { Asked } from './labels.ts'
import { localData, readRebalance } from './rebalance/settings.ts'
import { readSchedule } from './schedule/settings.ts'
import { service } from './testing/make.ts'

/** `asked`, `not asked`, or the sentences. */
function told(asked: Asked<unknown>): string {
  return asked.is === 'refused' ? asked.problems.join(' | ') : asked.is
}
const GLOBAL: ServiceSpec['Mode'] = { Global: {} }
const JOB: ServiceSpec['Mode'] = { ReplicatedJob: { TotalCompletions: 1 } }
const NOTHING_RESERVED: TaskSpec = { Resources: {} }

describe('toque.autoscale', () => {
  const labelled = (labels: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(labels).map(([k, v]) => [`toque.autoscale.${k}`, v]))

  test('what is asked for', () => {
    expect(readAutoscale(service('web', { ...labelled({ min: '3', max: '10', cpu: '60%', stabilization: '90s' }), other: 'x' }))).toEqual({
      is: 'asked', settings: { min: 3, max: 10, cpuPercent: 60, memoryPercent: undefined, stabilizationSeconds: 90, everySeconds: 15 },
    })
    expect(readAutoscale(service('web', labelled({ max: '4', memory: ' 80 ', every: '1m', stabilization: '0' })))).toEqual({
      is: 'asked', settings: { min: 1, max: 4, cpuPercent: undefined, memoryPercent: 80, stabilizationSeconds: 0, everySeconds: 60 },
    })
  })

  test.each<[string, Record<string, string>, Parameters<typeof service>[2], RegExp]>([
    ['nothing', {}, {}, /^not asked$/],
    ['on the containers', {}, { task: { ContainerSpec: { Image: 'web', Labels: { 'toque.autoscale.max': '3' } } } }, /^The label toque\.autoscale\.max is on its containers \(labels\), where it says nothing to a service: move it to deploy\.labels\.$/],
    ['a limit will do', { max: '3', cpu: '50' }, { task: { Resources: { Limits: { NanoCPUs: 5e8 } } } }, /^asked$/],
    ['the least is more than the most', { min: '5', max: '3', cpu: '50' }, {}, /^toque\.autoscale\.min is 5 and toque\.autoscale\.max is 3: the least must not be more than the most\.$/],
    ['no number', { min: 'many', max: '3', cpu: '50' }, {}, /^The label toque\.autoscale\.min is "many": a whole number from 1 to 1000 is meant\.$/],
    ['zero', { min: '0', max: '3', cpu: '50' }, {}, /min is "0": a whole number/],
    ['a fraction', { max: '3', cpu: '0.5' }, {}, /cpu is "0\.5": a percentage from 1 to 1000/],
    ['no most', { cpu: '50' }, {}, /^toque\.autoscale\.max is missing/],
    ['no aim', { max: '3' }, {}, /neither toque\.autoscale\.cpu nor toque\.autoscale\.memory/],
    ['a typo', { maximum: '3', max: '3', cpu: '50' }, {}, /^There is no label toque\.autoscale\.maximum\. Those that there are: toque\.autoscale\.min, /],
    ['cpu of nothing', { max: '3', cpu: '50' }, { task: NOTHING_RESERVED }, /^toque\.autoscale\.cpu is a percentage of what a task reserves \(deploy\.resources\.reservations\.cpus\)/],
    ['memory of nothing', { max: '3', memory: '50' }, { task: NOTHING_RESERVED }, /deploy\.resources\.reservations\.memory/],
    ['a window that is none', { max: '3', cpu: '50', stabilization: 'soon' }, {}, /stabilization is "soon": a time from 0 to 3600 seconds/],
    ['a global service', { max: '3', cpu: '50' }, { mode: GLOBAL }, /Only a replicated service can be scaled, and this one is global/],
    ['a job', { max: '3', cpu: '50' }, { mode: JOB }, /this one is replicated-job/],
  ])('%s', (_, labels, more, sentence) => expect(told(readAutoscale(service('web', labelled(labels), more)))).toMatch(sentence))

  test('and a schedule: one of the two', () => expect(told(readAutoscale(service('web', { ...labelled({ max: '3', cpu: '50' }), 'toque.schedule': '@daily' })))).toMatch(/either runs at times or is scaled/))

  test('whatever it says, it is understood within bounds or refused with a sentence', () => {
    const text = fc.oneof(fc.string(), fc.integer({ min: -5, max: 2000 }).map(String), fc.constantFrom('70%', '1m', ''))
    fc.assert(fc.property(fc.dictionary(fc.constantFrom('min', 'max', 'cpu', 'memory', 'every', 'stabilization', 'x'), text), (labels) => {
      const asked = readAutoscale(service('web', labelled(labels)))
      if (asked.is === 'asked') expect(asked.settings.min >= 1 && asked.settings.min <= asked.settings.max && (asked.settings.cpuPercent ?? asked.settings.memoryPercent ?? 0) >= 1).toBe(true)
      else if (asked.is === 'refused') for (const problem of asked.problems) expect(problem).toMatch(/\.$/)
      else expect(labels).toEqual({})
    }))
  })
})

describe('toque.rebalance', () => {
  const volume = (more: Partial<Mount> = {}): TaskSpec => ({ ContainerSpec: { Image: 'web', Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', ...more }] } })
  test.each<[string, Record<string, string>, Parameters<typeof service>[2], RegExp]>([
    ['nothing', {}, {}, /^not asked$/], ['yes', { 'toque.rebalance': 'true' }, {}, /^asked$/], ['no', { 'toque.rebalance': 'false' }, {}, /^not asked$/],
    ['perhaps', { 'toque.rebalance': 'perhaps' }, {}, /^The label toque\.rebalance is "perhaps": one of true, false is meant\.$/],
    ['only how', { 'toque.rebalance.settle': '5s' }, {}, /^toque\.rebalance is missing/],
    ['a global service', { 'toque.rebalance': 'true' }, { mode: GLOBAL }, /this one is global/],
    ['data on the disk', { 'toque.rebalance': 'true' }, { task: volume() }, /^It keeps data on its server's disk \(data\), and would start empty elsewhere/],
    ['a folder of the server', { 'toque.rebalance': 'true' }, { task: volume({ Type: 'bind', Source: '/srv/data' }) }, /\(\/srv\/data\)/],
    ['data that every server reaches', { 'toque.rebalance': 'true' }, { task: volume({ VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'nfs' } } } }) }, /^asked$/],
    ['a schedule', { 'toque.rebalance': 'true', 'toque.schedule': '@daily' }, {}, /would run it at another time/],
  ])('%s', (_, labels, more, sentence) => expect(told(readRebalance(service('web', labels, more)))).toMatch(sentence))

  test.each<[Mount, boolean]>([
    [{ Type: 'volume', Source: 'a', Target: '/a' }, true], [{ Type: 'volume', Source: 'a', Target: '/a', ReadOnly: true }, false], [{ Type: 'volume', Target: '/a' }, false],
    [{ Type: 'volume', Source: 'a', Target: '/a', VolumeOptions: { DriverConfig: { Name: 'rexray/ebs' } } }, false], [{ Type: 'tmpfs', Target: '/a' }, false],
    [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/s' }, false], [{ Type: 'bind', Source: '/etc/localtime', Target: '/t' }, false], [{ Type: 'bind', Source: '/runner', Target: '/r' }, true],
  ])('%j keeps data: %s', (mount, keeps) => expect(localData(service('db', {}, { task: { ContainerSpec: { Image: 'web', Mounts: [mount] } } })).length > 0).toBe(keeps))
})

describe('toque.schedule', () => {
  const NONE: TaskSpec = { RestartPolicy: { Condition: 'none' } }
  test.each<[string, Record<string, string>, Parameters<typeof service>[2], RegExp]>([
    ['nothing', {}, {}, /^not asked$/], ['every night', { 'toque.schedule': '0 3 * * *', 'toque.schedule.timezone': 'Asia/Seoul' }, { replicas: 0, task: NONE }, /^asked$/],
    ['a job', { 'toque.schedule': '@hourly' }, { mode: JOB }, /^asked$/],
    ['how many it forgets', { 'toque.schedule': '@daily' }, { replicas: 3, task: NONE }, /^It has deploy\.replicas: 3, and runs with none between its times: set deploy\.replicas to 0 and toque\.schedule\.replicas to 3\.$/],
    ['how many it says', { 'toque.schedule': '@daily', 'toque.schedule.replicas': '3' }, { replicas: 3, task: NONE }, /^asked$/],
    ['one of its own', { 'toque.schedule': '@daily' }, { replicas: 1, task: NONE }, /^asked$/],
    ['no cron', { 'toque.schedule': 'every night' }, { mode: JOB }, /^The label toque\.schedule is "every night", which is no schedule: expected exactly 5 fields/],
    ['no time', { 'toque.schedule.timezone': 'UTC' }, { mode: JOB }, /^toque\.schedule is missing/],
    ['no zone', { 'toque.schedule': '@daily', 'toque.schedule.timezone': 'Mars/Base' }, { mode: JOB }, /timezone is "Mars\/Base": unknown time zone/],
    ['several at a time', { 'toque.schedule': '@daily', 'toque.schedule.concurrency': 'Allow' }, { mode: JOB }, /Swarm runs a service once at a time/],
    ['a word', { 'toque.schedule': '@daily', 'toque.schedule.concurrency': 'maybe' }, { mode: JOB }, /one of forbid, replace is meant/],
    ['it never ends', { 'toque.schedule': '@daily' }, {}, /^Swarm would start its tasks again whenever they end/],
    ['global', { 'toque.schedule': '@daily' }, { mode: GLOBAL }, /set deploy\.mode to global-job/],
    ['how many of a job', { 'toque.schedule': '@daily', 'toque.schedule.replicas': '2' }, { mode: JOB }, /is for replicated services/],
  ])('%s', (_, labels, more, sentence) => expect(told(readSchedule(service('web', labels, more)))).toMatch(sentence))
})

test('each label that the editor offers is one that is read', () => {
  const read = { 'toque.autoscale': readAutoscale, 'toque.rebalance': readRebalance, 'toque.schedule': readSchedule, 'toque.canary': readCanary, 'toque.alert': readAlert }
  for (const label of Object.keys(TOQUE_LABELS)) {
    const [, reader] = Object.entries(read).find(([root]) => label === root || label.startsWith(`${root}.`)) ?? []
    expect(told(reader?.(service('web', { [label]: 'x' })) ?? { is: 'refused', problems: ['nobody reads it'] })).not.toMatch(/There is no label|nobody reads it/)
  }
  // And those that a reader names are all offered.
  for (const [root, reader] of Object.entries(read)) {
    const [, names = ''] = /Those that there are: (.*?)\.( \||$)/.exec(told(reader(service('web', { [`${root}.nonsense`]: 'x' })))) ?? []
    expect(names.split(', ').filter((name) => !(name in TOQUE_LABELS))).toEqual([])
  }
})

describe('toque.canary', () => {
  const asks = (labels: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries({ image: 'web:2', ...labels }).map(([k, v]) => [`toque.canary.${k}`, v]))
  const dnsrr = (more: Partial<ServiceSpec> = {}, labels = asks({})): ReturnType<typeof service> => {
    const made = service('web', labels)
    return { ...made, Spec: { ...made.Spec, EndpointSpec: { Mode: 'dnsrr' }, ...more } }
  }

  test('what is asked for', () => {
    expect(readCanary(dnsrr({}, asks({ steps: '5, 25%,50', pause: '90s', failures: '2', promote: 'Manual', deadline: '1m' })))).toEqual({ is: 'asked', settings: {
      image: 'web:2', deadlineSeconds: 60, failures: 2, isManual: true,
      plan: [{ kind: 'weight', weight: 5 }, { kind: 'pause', seconds: 90 }, { kind: 'weight', weight: 25 }, { kind: 'pause', seconds: 90 }, { kind: 'weight', weight: 50 }, { kind: 'pause', seconds: undefined }],
    } })
    expect(readCanary(dnsrr())).toMatchObject({ is: 'asked', settings: { deadlineSeconds: 600, failures: 0, isManual: false, plan: [{ weight: 10 }, { seconds: 60 }, { weight: 50 }, { seconds: 60 }] } })
  })

  test.each<[string, ReturnType<typeof service>, RegExp]>([
    ['nothing', service('web', {}), /^not asked$/], ['how, but no image yet', service('web', { 'toque.canary.steps': '10%' }), /^not asked$/], ['an image that was taken out', service('web', asks({ image: ' ' })), /^not asked$/],
    ['how, misspelled', service('web', { 'toque.canary.step': '10%' }), /^There is no label toque\.canary\.step\. Those that there are: toque\.canary\.image, /],
    ['on the containers', service('web', {}, { task: { ContainerSpec: { Image: 'web', Labels: { 'toque.canary.image': 'a' } } } }), /move it to deploy\.labels/],
    ['no networks and no ports', service('web', asks({})), /^asked$/],
    ['an address of its own', dnsrr({ EndpointSpec: { Mode: 'vip' }, TaskTemplate: { Networks: [{ Target: 'n' }] } }), /^Its name leads to one address of its own \(endpoint_mode: vip\).*set deploy\.endpoint_mode to dnsrr/],
    ['its tasks by name', dnsrr({ TaskTemplate: { Networks: [{ Target: 'n' }] } }), /^asked$/],
    ['a port on all servers', dnsrr({ EndpointSpec: { Ports: [{ PublishedPort: 80, PublishMode: 'ingress' }] } }), /^Its port 80 is published on all servers/],
    ['no image', dnsrr({}, asks({ image: 'Not An Image' })), /^The label toque\.canary\.image names no image: "Not An Image" is not an image name/],
    ['steps that are none', dnsrr({}, asks({ steps: 'ten' })), /steps is "ten": percentages of the tasks are meant, such as 10%,50%\./], ['nothing between', dnsrr({}, asks({ steps: '10,,50' })), /percentages/], ['zero', dnsrr({}, asks({ steps: '0,50' })), /percentages/],
    ['more than half', dnsrr({}, asks({ steps: '10%,90%' })), /it has half of them at most, 50 %/], ['backwards', dnsrr({}, asks({ steps: '50,10' })), /each step must be more than the one before/],
    ['global', dnsrr({ Mode: GLOBAL }), /Only a replicated service can have a canary, and this one is global/], ['a schedule', dnsrr({}, { ...asks({}), 'toque.schedule': '@daily' }), /what runs at times has no requests to share/],
    ['data on the disk', dnsrr({ TaskTemplate: { ContainerSpec: { Image: 'web', Mounts: [{ Type: 'volume', Source: 'data', Target: '/data' }] } } }), /^It keeps data on its server's disk \(data\), and two versions would write there/],
    ['a long name', dnsrr({ Name: 'w'.repeat(60) }), /Swarm allows 63 letters/], ['a word', dnsrr({}, asks({ promote: 'yes' })), /one of auto, manual is meant/],
  ])('%s', (_, made, sentence) => expect(told(readCanary(made))).toMatch(sentence))

  test('whatever its steps say, they rise and leave the service its half, or are refused with a sentence', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.nat(120)).map((all) => all.join(','))), (steps) => {
      const asked = readCanary(dnsrr({}, asks({ steps })))
      if (asked.is === 'refused') for (const problem of asked.problems) expect(problem).toMatch(/\.$/)
      else if (asked.is === 'asked') {
        const weights = asked.settings.plan.flatMap((step) => (step.kind === 'weight' ? [step.weight] : []))
        expect([weights.length > 0, weights.every((weight, i) => weight >= 1 && weight <= 50 && weight > (weights[i - 1] ?? 0))]).toEqual([true, true])
      }
    }))
  })
})

describe('toque.alert', () => {
  const asks = (labels: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(labels).map(([k, v]) => [`toque.alert.${k}`, v]))

  test('what is asked for', () => {
    expect(readAlert(service('web', asks({ tasks: '5m', restarts: '3', window: '1m', cpu: '90%', memory: '80', for: '30s', every: '5' })))).toEqual({ is: 'asked', settings: { tasksSeconds: 300, restarts: 3, windowSeconds: 60, cpuPercent: 90, memoryPercent: 80, forSeconds: 30, everySeconds: 5 } })
    expect(readAlert(service('web', asks({ restarts: '0' })))).toEqual({ is: 'asked', settings: { tasksSeconds: undefined, restarts: 0, windowSeconds: 600, cpuPercent: undefined, memoryPercent: undefined, forSeconds: 300, everySeconds: 15 } })
  })

  test.each<[string, Record<string, string>, Parameters<typeof service>[2], RegExp]>([
    ['nothing', {}, {}, /^not asked$/], ['no time', { tasks: 'true' }, {}, /tasks is "true": a time from 0 to 86400 seconds/], ['a typo', { cpus: '90' }, {}, /^There is no label toque\.alert\.cpus/],
    ['only how', { for: '5m' }, {}, /^It says of nothing when to tell: set toque\.alert\.tasks, .*toque\.alert\.for belongs to toque\.alert\.cpu and toque\.alert\.memory, which are missing\.$/],
    ['a window of nothing', { tasks: '1m', window: '5m' }, {}, /^toque\.alert\.window belongs to toque\.alert\.restarts, which is missing\.$/],
    ['of nothing', { cpu: '90' }, { task: NOTHING_RESERVED }, /^toque\.alert\.cpu is a percentage of what a task may use at most \(deploy\.resources\.limits\.cpus\) or reserves/],
    ['a job', { restarts: '1' }, { mode: JOB }, /^Its tasks are meant to end \(replicated-job\): remove toque\.alert\.tasks and toque\.alert\.restarts\./],
    ['a job\'s memory', { memory: '90' }, { mode: JOB }, /^asked$/], ['a global service', { tasks: '1m' }, { mode: GLOBAL }, /^asked$/],
  ])('%s', (_, labels, more, sentence) => expect(told(readAlert(service('web', asks(labels), more)))).toMatch(sentence))

  test('the limit is what a task may use, and what it reserves where there is none', () => {
    expect(mostOf(service('web', {}, { task: { Resources: { Limits: { NanoCPUs: 5e8 }, Reservations: { NanoCPUs: 1e8, MemoryBytes: 1000 } } } }))).toEqual({ cpu: 500, memory: 1_000_000 })
  })
})
