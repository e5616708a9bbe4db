import { expect, test } from 'vitest'
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod, ReplicationController } from '../../common/kube/generated/core-v1.ts'
import type { ClusterObjects } from './snapshot.ts'
import { Snapshot } from './snapshot.ts'

const template = { spec: { containers: [{ name: 'c', image: 'i' }] } }
/** An object of this kind; `owner`: the kind and name of its controller. */
function object<T>(kind: string, name: string, owner?: [kind: string, name: string], more: object = {}): T {
  const apiVersion = kind === 'Pod' || kind === 'ReplicationController' ? 'v1' : 'apps/v1'
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: owner[0] === 'ReplicationController' ? 'v1' : 'apps/v1', kind: owner[0], name: owner[1], uid: `${owner[0]}/${owner[1]}`, controller: true }]
  return { apiVersion, kind, metadata: { uid: `${kind}/${name}`, name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', ownerReferences }, spec: kind === 'Pod' ? template.spec : { replicas: 1, template }, status: {}, ...more } as T
}

const objects: ClusterObjects = {
  deployments: [object<Deployment>('Deployment', 'web')], statefulSets: [object<StatefulSet>('StatefulSet', 'web')], daemonSets: [object<DaemonSet>('DaemonSet', 'agent')],
  replicaSets: [object<ReplicaSet>('ReplicaSet', 'web-1', ['Deployment', 'web']), object<ReplicaSet>('ReplicaSet', 'alone')], replicationControllers: [object<ReplicationController>('ReplicationController', 'old')],
  controllerRevisions: [object<ControllerRevision>('ControllerRevision', 'web-r', ['StatefulSet', 'web'], { revision: 1, data: { spec: { template } } })],
  pods: [object<Pod>('Pod', 'web-1-x', ['ReplicaSet', 'web-1']), object<Pod>('Pod', 'web-0', ['StatefulSet', 'web']), object<Pod>('Pod', 'alone-x', ['ReplicaSet', 'alone']), object<Pod>('Pod', 'old-x', ['ReplicationController', 'old'])],
  services: [], nodes: [], namespaces: [], events: [], rollouts: [],
}

test('every kind that keeps pods running is an app; a Deployment\'s ReplicaSet is none', () => {
  expect(new Snapshot(objects).apps.map(({ ref }) => `${ref.kind} ${ref.name}`)).toEqual(['Deployment web', 'StatefulSet web', 'DaemonSet agent', 'ReplicaSet alone', 'ReplicationController old'])
})

test('apps of one name and two kinds are told apart, with their own pods and history', () => {
  const snapshot = new Snapshot(objects)
  const of = (name: string): string => snapshot.instances.filter((i) => i.app?.kind === name).map((i) => i.ref.name).join()
  expect(['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].map(of)).toEqual(['web-1-x', 'web-0', 'alone-x', 'old-x'])
  const set = snapshot.app({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'default', name: 'web' })
  expect([set?.revisions.length, set?.places?.map((p) => p.instance?.name)]).toEqual([1, ['web-0']])
  expect(snapshot.app({ apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'default', name: 'web' })).toBeUndefined()
})
