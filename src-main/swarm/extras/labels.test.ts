import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAutoscale } from './autoscale/settings.ts'
import type { Asked } from './labels.ts'
import type { Mount, ServiceSpec, TaskSpec } from './picture.ts'
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
    ['on the containers', {}, { task: { ContainerSpec: { Labels: { 'toque.autoscale.max': '3' } } } }, /^The label toque\.autoscale\.max is on its containers \(labels\), where it says nothing to a service: move it to deploy\.labels\.$/],
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
  const volume = (more: Partial<Mount> = {}): TaskSpec => ({ ContainerSpec: { Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', ...more }] } })
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
  ])('%j keeps data: %s', (mount, keeps) => expect(localData(service('db', {}, { task: { ContainerSpec: { Mounts: [mount] } } })).length > 0).toBe(keeps))
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
