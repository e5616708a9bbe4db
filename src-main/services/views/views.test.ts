import { describe, expect, test } from 'vitest'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import type { ContainerStatus, Node, Pod, PodStatus, Service } from '../../common/kube/generated/core-v1.ts'
import { UNSCHEDULABLE_ANNOTATION } from '../../common/kube/unschedulable.ts'
import { appDetail, appHealth } from './app.ts'
import { endpointsOf } from './endpoints.ts'
import { instanceOf } from './instance.ts'
import { nodeSummary } from './node.ts'
import { overviewOf } from '../../common/views/overview.ts'

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
function pod(status: PodStatus, more: { deleted?: boolean; annotations?: Record<string, string>; probe?: boolean; init?: boolean } = {}): Pod {
  const container = { name: 'web', image: 'nginx:1.99', resources: { limits: { memory: '64Mi' } }, ...(more.probe === true ? { readinessProbe: { tcpSocket: { port: 80 } } } : {}) }
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { ...META, name: 'web-1', namespace: 'default', ...(more.deleted === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}), ...(more.annotations === undefined ? {} : { annotations: more.annotations }) },
    spec: { containers: [container], ...(more.init === true ? { initContainers: [{ name: 'setup', image: 'busybox' }] } : {}) },
    status,
  }
}
const status = (part: Partial<ContainerStatus>): ContainerStatus => ({ name: 'web', image: 'nginx', imageID: '', ready: false, restartCount: 0, ...part })
const waiting = (reason: string, message?: string, exitCode?: number): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [status({ state: { waiting: { reason, ...(message === undefined ? {} : { message }) } }, ...(exitCode === undefined ? {} : { restartCount: 4, lastState: { terminated: { exitCode, reason: 'Error' } } }) })],
})
const ready = (yes: boolean): { type: string; status: string }[] => [{ type: 'Ready', status: yes ? 'True' : 'False' }]

describe('an instance says how it is and why', () => {
  test.each([
    ['running and ready', pod({ phase: 'Running', conditions: ready(true), containerStatuses: [status({ ready: true, state: { running: {} } })] }), 'healthy', 'Running', undefined],
    ['starting', pod(waiting('ContainerCreating')), 'progressing', 'ContainerCreating', undefined],
    ['its image is on its way', pod(waiting('Pulling', 'copying app:1 from server b: 1.2 of 40 MB')), 'progressing', 'Pulling', /^copying app:1 from server b: 1.2 of 40 MB$/],
    ['no such image', pod(waiting('ImagePullBackOff', 'manifest unknown')), 'failed', 'ImagePullBackOff', /"nginx:1.99" cannot be pulled. manifest unknown. Check the image's name/],
    ['crashing', pod(waiting('CrashLoopBackOff', undefined, 127)), 'failed', 'CrashLoopBackOff', /again and again.*exit code 127 \(the command was not found\)/],
    ['a missing ConfigMap', pod(waiting('CreateContainerConfigError', 'configmap "c" not found')), 'failed', 'CreateContainerConfigError', /configmap "c" not found/],
    ['out of memory', pod({ phase: 'Running', conditions: ready(false), containerStatuses: [status({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } })] }), 'failed', 'OOMKilled', /more memory than it may \(64Mi\)/],
    ['probe not passed', pod({ phase: 'Running', conditions: ready(false), containerStatuses: [status({ state: { running: {} } })] }, { probe: true }), 'degraded', 'Running', /readiness probe has not passed/],
    ['no node fits', pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available: 2 Insufficient cpu.' }] }), 'failed', 'Pending', /2 Insufficient cpu/],
    ['keeping its name for a server that does not answer', pod({ phase: 'Running', reason: 'WaitingForServer', conditions: [...ready(false), { type: 'toque.dev/WaitingForServer', status: 'True', message: 'Server b does not answer.' }], containerStatuses: [status({ state: { running: {} } })] }), 'failed', 'WaitingForServer', /Server b does not answer/],
    ['waiting for the server with its data', pod({ phase: 'Running', reason: 'WaitingForData', conditions: [...ready(false), { type: 'toque.dev/WaitingForData', status: 'True', message: 'Its data is on b.' }], containerStatuses: [status({ state: { running: {} } })] }), 'failed', 'WaitingForData', /Its data is on b/],
    ['ending', pod({ phase: 'Running', containerStatuses: [status({ state: { terminated: { exitCode: 1 } } })] }, { deleted: true }), 'progressing', 'Terminating', undefined],
    ['done', pod({ phase: 'Succeeded', containerStatuses: [status({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })] }), 'stopped', 'Completed', undefined],
    ['init failing', pod({ phase: 'Pending', initContainerStatuses: [status({ name: 'setup', state: { waiting: { reason: 'CrashLoopBackOff' } } })] }, { init: true }), 'failed', 'Init:CrashLoopBackOff', /"setup" ends again/],
  ])('%s', (_, given, health, printed, why) => {
    const instance = instanceOf(given, undefined)
    expect([instance.health, instance.status]).toEqual([health, printed])
    if (why === undefined) expect(instance.why).toBeUndefined()
    else expect(instance.why?.message).toMatch(why)
  })

  test('per node, for a pod without one', () => {
    const annotations = { [UNSCHEDULABLE_ANNOTATION]: JSON.stringify([{ reason: 'Insufficient cpu', count: 2, nodes: ['a', 'b'] }]) }
    const given = pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no' }] }, { annotations })
    expect(instanceOf(given, undefined).perNode).toEqual([{ node: 'a', reason: 'Insufficient cpu' }, { node: 'b', reason: 'Insufficient cpu' }])
  })
})

function deployment(part: Deployment['status'], spec: Partial<NonNullable<Deployment['spec']>> = {}): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...META, name: 'web', namespace: 'default', generation: 2, annotations: { 'deployment.kubernetes.io/revision': '2' } },
    spec: { replicas: 3, selector: {}, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } }, ...spec }, ...(part === undefined ? {} : { status: part }),
  }
}
const whole = { observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3 }
const broken = instanceOf(pod(waiting('ImagePullBackOff')), undefined)
const late = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }]

describe('an app says how it is and why', () => {
  test.each([
    ['all ready', deployment(whole), [], 'healthy', undefined],
    ['a newer spec than observed', deployment({ ...whole, observedGeneration: 1 }), [], 'progressing', undefined],
    ['scaled to nothing', deployment({ observedGeneration: 2 }, { replicas: 0 }), [], 'stopped', undefined],
    ['a bad image beside the old pods', deployment({ ...whole, replicas: 4, updatedReplicas: 1 }), [broken], 'degraded', 'ImagePullBackOff'],
    ['a bad image at first', deployment({ observedGeneration: 2, replicas: 3, updatedReplicas: 3 }), [broken], 'failed', 'ImagePullBackOff'],
    ['too late', deployment({ ...whole, replicas: 4, updatedReplicas: 1, conditions: late }), [], 'degraded', 'ProgressDeadlineExceeded'],
    ['pods refused', deployment({ observedGeneration: 2, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }] }), [], 'failed', 'FailedCreate'],
    ['paused', deployment({ ...whole, updatedReplicas: 0 }, { paused: true }), [], 'healthy', 'Paused'],
  ])('%s', (_, given, instances, health, reason) => {
    const result = appHealth({ object: given, revisions: [], instances, endpoints: [], nodes: [] })
    expect([result.health, result.why?.reason]).toEqual([health, reason])
  })

  test('a stopped rollout names the reason of the pods, not the deadline', () => {
    const { rollout } = appDetail({ object: deployment({ ...whole, replicas: 4, updatedReplicas: 1, conditions: late }), revisions: [], instances: [broken], endpoints: [], nodes: [] })
    expect(rollout).toMatchObject({ state: 'stuck', updated: 1, old: 3, why: { reason: 'ImagePullBackOff' } })
  })
})

test('endpoints: the services that select the pods, with an address a browser can open', () => {
  const service = (name: string, selector: Record<string, string>, type: string): Service => ({
    apiVersion: 'v1', kind: 'Service', metadata: { ...META, name, namespace: 'default' }, spec: { selector, type, clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30080 }] },
  })
  const found = endpointsOf(deployment(whole), [service('web', { app: 'web' }, 'NodePort'), service('other', { app: 'other' }, 'NodePort'), service('empty', {}, 'NodePort')], ['10.0.0.5'])
  expect(found).toMatchObject([{ kind: 'NodePort', url: 'http://10.0.0.5:30080/' }, { kind: 'ClusterIP', address: '10.96.0.9', port: 80 }])
})

test('nodes and the overview', () => {
  const node = (conditions: { type: string; status: string; reason?: string; message?: string }[]): Node => ({
    apiVersion: 'v1', kind: 'Node', metadata: { ...META, name: 'n' }, spec: {},
    status: { conditions: conditions.map((c) => ({ ...c })), allocatable: { cpu: '2', memory: '4Gi', pods: '110' }, addresses: [{ type: 'InternalIP', address: '10.0.0.5' }] },
  })
  const well = nodeSummary(node([{ type: 'Ready', status: 'True' }]), [])
  const gone = nodeSummary(node([{ type: 'Ready', status: 'Unknown', message: 'Docker stopped.' }]), [])
  const full = nodeSummary(node([{ type: 'Ready', status: 'True' }, { type: 'DiskPressure', status: 'True', message: 'The disk is full.' }]), [])
  expect([well.health, gone.health, full.health]).toEqual(['healthy', 'unknown', 'degraded'])
  const networked = (status: string) => nodeSummary(node([{ type: 'Ready', status: 'True' }, { type: 'toque.dev/Responding', status: 'True' }, { type: 'toque.dev/PodNetwork', status, reason: 'RoutesAndVXLAN', message: 'Open the port.' }]), [])
  expect(networked('Unknown').health).toBe('healthy')
  expect([networked('True').health, networked('True').podPaths, networked('False').why?.message]).toEqual(['healthy', ['routes', 'vxlan'], 'Open the port.'])
  expect(well.podPaths).toBeUndefined()
  expect(overviewOf([], [broken], [well, gone])).toMatchObject({
    health: 'failed', nodes: { ready: 1, total: 2 }, capacity: { cpuMilli: 4000, pods: 220 },
    problems: [{ reason: 'ImagePullBackOff', about: { kind: 'Pod' } }, { message: 'Docker stopped.', about: { kind: 'Node' } }],
  })
})
