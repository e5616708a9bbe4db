import { describe, expect, test } from 'vitest'
import type { Instance } from '../../common/contract/index.ts'
import { UNSCHEDULABLE_ANNOTATION } from '../../common/kube/unschedulable.ts'
import type { ControllerRevision, DaemonSet, ReplicaSet, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Node, Pod, ReplicationController } from '../../common/kube/generated/core-v1.ts'
import { appDetail, appSummary } from './app.ts'
import { instanceOf } from './instance.ts'
import { templateOfRevision } from './revisions.ts'
import type { AppObject } from './workload.ts'

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', namespace: 'default', generation: 2 }
const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'postgres:16' }] } }
const parts = (object: AppObject, more: object = {}): Parameters<typeof appDetail>[0] => ({ object, revisions: [], instances: [], endpoints: [], nodes: [], ...more })

function set(status: object, spec: object = {}): StatefulSet {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { ...META, name: 'db' }, spec: { replicas: 3, serviceName: 'db', selector: {}, template, ...spec }, status: { observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 3, ...status } }
}
function daemons(status: object, spec: object = {}): DaemonSet {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { ...META, name: 'agent' }, spec: { selector: {}, template, ...spec }, status: { observedGeneration: 2, desiredNumberScheduled: 2, currentNumberScheduled: 2, numberReady: 2, updatedNumberScheduled: 2, numberMisscheduled: 0, ...status } }
}
const bare = (status: object): ReplicaSet => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...META, name: 'rs' }, spec: { replicas: 2, selector: {}, template }, status: { observedGeneration: 2, replicas: 2, ...status } })
const controller = (status: object): ReplicationController => ({ apiVersion: 'v1', kind: 'ReplicationController', metadata: { ...META, name: 'rc' }, spec: { replicas: 2, template }, status: { observedGeneration: 2, replicas: 2, ...status } })
const partition = (n: number, more: object = {}): object => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: n } }, ...more })

describe('an app of any kind says how it is, and where its rollout stands', () => {
  test.each<[string, AppObject, string, string, string | undefined]>([
    ['a whole StatefulSet', set({}), 'healthy', 'complete', undefined],
    ['one that is starting', set({ replicas: 1, readyReplicas: 0, updatedReplicas: 1 }), 'progressing', 'progressing', undefined],
    ['one whose controller did not see it yet', set({ observedGeneration: 1 }), 'progressing', 'progressing', undefined],
    ['one that rolls', set({ updatedReplicas: 1 }), 'progressing', 'progressing', undefined],
    ['a partition, all done that may be', set({ updatedReplicas: 1 }, partition(2)), 'healthy', 'held', 'Partition'],
    ['a partition, not done yet', set({ updatedReplicas: 0 }, partition(2)), 'progressing', 'progressing', undefined],
    ['a partition of ordinals that begin at 5', set({ updatedReplicas: 1 }, partition(7, { ordinals: { start: 5 } })), 'healthy', 'held', 'Partition'],
    ['such a one, not done yet', set({ updatedReplicas: 1 }, partition(6, { ordinals: { start: 5 } })), 'progressing', 'progressing', undefined],
    ['a partition beyond the last', set({ updatedReplicas: 0 }, partition(9)), 'healthy', 'held', 'Partition'],
    ['a partition, a pod not ready', set({ updatedReplicas: 1, readyReplicas: 2 }, partition(2)), 'progressing', 'progressing', undefined],
    ['OnDelete with old pods', set({ updatedReplicas: 0 }, { updateStrategy: { type: 'OnDelete' } }), 'healthy', 'held', 'OnDelete'],
    ['scaled to nothing', set({ replicas: 0, readyReplicas: 0, updatedReplicas: 0 }, { replicas: 0 }), 'stopped', 'complete', undefined],
    ['a DaemonSet on both servers', daemons({}), 'healthy', 'complete', undefined],
    ['one that fits no server', daemons({ desiredNumberScheduled: 0, currentNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0 }), 'stopped', 'complete', 'NoNodeFits'],
    ['one that was just made', daemons({ observedGeneration: 0, desiredNumberScheduled: 0, currentNumberScheduled: 0, numberReady: 0, updatedNumberScheduled: 0 }), 'progressing', 'progressing', undefined],
    ['one that rolls out', daemons({ updatedNumberScheduled: 1, numberReady: 1 }), 'progressing', 'progressing', undefined],
    ['OnDelete on the servers', daemons({ updatedNumberScheduled: 0 }, { updateStrategy: { type: 'OnDelete' } }), 'healthy', 'held', 'OnDelete'],
    ['a ReplicaSet alone', bare({ readyReplicas: 2 }), 'healthy', 'complete', undefined],
    ['a ReplicationController that starts', controller({ readyReplicas: 1 }), 'progressing', 'progressing', undefined],
  ])('%s', (_, object, health, state, reason) => {
    const detail = appDetail(parts(object))
    expect([detail.health, detail.rollout.state, detail.why?.reason]).toEqual([health, state, reason])
  })

  test('each kind offers what it can do', () => {
    const can = (object: AppObject): string => appSummary(parts(object)).abilities.join(' ')
    expect([can(set({})), can(daemons({})), can(bare({})), can(controller({}))]).toEqual(['scale image restart history autoscale', 'image restart history', 'scale autoscale', 'scale autoscale'])
  })

  test('a replica set that cannot make pods says why', () => {
    const { health, why } = appSummary(parts(bare({ replicas: 0, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }] })))
    expect([health, why?.message]).toEqual(['failed', 'Pods cannot be created: exceeded quota'])
  })
})

test('the places of a StatefulSet are in order, with who is there and the claims that wait', () => {
  const pod = (name: string): Instance => instanceOf({ apiVersion: 'v1', kind: 'Pod', metadata: { ...META, uid: name, name }, spec: { containers: [] } } as unknown as Pod, undefined)
  const of = set({}, { ordinals: { start: 9 }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] })
  const { places } = appDetail(parts(of, { instances: [pod('db-10'), pod('db-9'), pod('db-12'), pod('db-09'), pod('other-3')] }))
  expect(places?.map((p) => [p.ordinal, p.instance?.name, p.claims.map((c) => c.name).join()])).toEqual([[9, 'db-9', 'data-db-9'], [10, 'db-10', 'data-db-10'], [11, undefined, 'data-db-11'], [12, 'db-12', 'data-db-12']])
})

test('a DaemonSet tells of each server whether it runs there, and why not', () => {
  const node = (name: string, labels: Record<string, string>, taints: object[] = []): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { ...META, name, labels }, spec: { taints } }) as unknown as Node
  const on = (name: string, nodeName: string, annotations: Record<string, string> = {}): Instance =>
    instanceOf({ apiVersion: 'v1', kind: 'Pod', metadata: { ...META, uid: name, name, annotations }, spec: { nodeName, containers: [] }, status: { phase: 'Pending', conditions: nodeName === '' ? [{ type: 'PodScheduled', status: 'False', message: 'no' }] : [] } } as unknown as Pod, undefined)
  const ssd = { disk: 'ssd' }
  const nodes = [node('full', ssd), node('a', ssd), node('hdd', { disk: 'hdd' }), node('gpu', ssd, [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]), node('cordoned', ssd, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]), node('was', { disk: 'hdd' })]
  const refused = on('agent-2', '', { [UNSCHEDULABLE_ANNOTATION]: JSON.stringify([{ reason: 'Insufficient cpu', count: 1, nodes: ['full'] }]) })
  const { onNodes } = appDetail(parts(daemons({}, { template: { ...template, spec: { ...template.spec, nodeSelector: ssd } } }), { nodes, instances: [on('agent-1', 'a'), refused, on('agent-3', 'was')] }))
  expect(onNodes?.map((n) => [n.node, n.instance?.name, n.why?.reason])).toEqual([
    ['a', 'agent-1', undefined], ['cordoned', undefined, 'Pending'], ['full', undefined, 'Unschedulable'], ['gpu', undefined, 'DoesNotFit'], ['hdd', undefined, 'DoesNotFit'], ['was', 'agent-3', 'Leaving'],
  ])
  expect(onNodes?.find((n) => n.node === 'gpu')?.why?.message).toBe('Its taint gpu=yes:NoSchedule is not tolerated by the template.')
  expect(onNodes?.find((n) => n.node === 'hdd')?.why?.message).toMatch(/^Its labels do not match/)
  expect(onNodes?.find((n) => n.node === 'full')?.why?.message).toMatch(/Insufficient cpu/)
})

test('history by ControllerRevisions: the newest is the present one, and an earlier template comes out as it was', () => {
  const revision = (n: number, image: string): ControllerRevision => ({
    apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { ...META, uid: String(n), name: `db-${String(n)}` }, revision: n,
    data: { spec: { template: { ...template, spec: { containers: [{ name: 'db', image }] }, $patch: 'replace' } } },
  }) as unknown as ControllerRevision
  const kept = [revision(1, 'postgres:14'), revision(3, 'postgres:16'), revision(2, 'postgres:15')]
  const { revisions } = appDetail(parts(set({}), { revisions: kept }))
  expect(revisions.map((r) => [r.revision, r.images[0], r.current])).toEqual([[3, 'postgres:16', true], [2, 'postgres:15', false], [1, 'postgres:14', false]])
  expect(templateOfRevision(kept, 2)).toEqual({ ...template, spec: { containers: [{ name: 'db', image: 'postgres:15' }] } })
  expect(templateOfRevision(kept, 9)).toBeUndefined()
})
