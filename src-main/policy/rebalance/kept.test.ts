import { expect, test } from 'vitest'
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { keeper } from './kept.ts'
import type { KeptContext } from './kept.ts'

const AT = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }

function pod(name: string, o: { owner?: string; kind?: string; spec?: Partial<PodSpec>; ready?: boolean; annotations?: Record<string, string> } = {}): Pod {
  const { owner = 'web', kind = 'ReplicaSet', ready = true, annotations = {} } = o
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, uid: name, namespace: 'ns', ...AT, annotations, labels: { app: owner }, ownerReferences: owner === '' ? [] : [{ apiVersion: 'apps/v1', kind, name: owner, uid: owner, controller: true }] },
    spec: { nodeName: 'a', containers: [{ name: 'c', image: 'nginx', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], ...o.spec }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }
}
const volume = (source: object): { spec: Partial<PodSpec> } => ({ spec: { volumes: [{ name: 'v', ...source }] } })
const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'ns', uid: 'c', ...AT }, spec: { volumeName: 'v' } } as PersistentVolumeClaim
const held = (nodes: string[] | undefined): PersistentVolume => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v', uid: 'v', ...AT },
  spec: { claimRef: { namespace: 'ns', name: 'data', uid: 'c' }, ...(nodes === undefined ? { nfs: { server: 's', path: '/' } } : { nodeAffinity: { required: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: nodes }] }] } } }) },
})
const nodes = ['a', 'b'].map((name): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, ...AT }, spec: {} }))
const budget = (expectedPods: number, desiredHealthy: number): PodDisruptionBudget => ({
  apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b', namespace: 'ns', uid: 'b', ...AT }, spec: { selector: { matchLabels: { app: 'web' } } },
  status: { expectedPods, desiredHealthy, currentHealthy: expectedPods, disruptionsAllowed: 0 },
})
const claiming = volume({ persistentVolumeClaim: { claimName: 'data' } })
const yes = { annotations: { 'toque.dev/rebalance': 'true' } }

interface Around {
  pv?: PersistentVolume
  budgets?: PodDisruptionBudget[]
  word?: string
  sibling?: Pod | undefined
}
const why = (p: Pod, { pv, budgets = [], word, sibling = pod('other') }: Around = {}): string | undefined => {
  const context: KeptContext = {
    pods: [p, sibling], budgets, wordOf: () => word,
    lookup: { claim: () => (pv === undefined ? undefined : claim), volume: () => pv, storageClass: () => undefined, nodes: () => nodes },
  }
  return keeper(context)(p)?.reason
}

test.each<[string, Pod, Around, string | undefined]>([
  ['one of two that are ready', pod('p'), {}, undefined],
  ['nobody\'s', pod('p', { owner: '' }), {}, 'NoOwner'],
  ['nobody\'s, not even by its own word', pod('p', { owner: '', ...yes }), {}, 'NoOwner'],
  ['a daemon', pod('p', { kind: 'DaemonSet' }), {}, 'DaemonSet'],
  ['a Job\'s', pod('p', { kind: 'Job' }), {}, 'Job'],
  ['the cluster\'s own', pod('p', { spec: { priority: 2_000_001_000 } }), {}, 'Critical'],
  ['one that said no', pod('p', { annotations: { 'toque.dev/rebalance': 'false' } }), { word: 'true' }, 'OptedOut'],
  ['one whose app said no', pod('p'), { word: 'false' }, 'OptedOut'],
  ['one that said yes, of an app that said no', pod('p', yes), { word: 'false' }, undefined],
  ['with data on the server', pod('p', { ...volume({ hostPath: { path: '/srv/data' } }), ...yes }), {}, 'LocalData'],
  ['with a claim that is on this server only', pod('p', { ...claiming, ...yes }), { pv: held(['a']) }, 'LocalData'],
  ['with a claim that is on both', pod('p', claiming), { pv: held(['a', 'b']) }, undefined],
  ['with a claim from the network', pod('p', claiming), { pv: held(undefined) }, undefined],
  ['with scratch data', pod('p', volume({ emptyDir: {} })), {}, 'ScratchData'],
  ['with scratch data that may go', pod('p', { ...volume({ emptyDir: {} }), ...yes }), {}, undefined],
  ['with scratch data in memory', pod('p', volume({ emptyDir: { medium: 'Memory' } })), {}, undefined],
  ['with a sibling that is not ready', pod('p', yes), { sibling: pod('other', { ready: false }) }, 'NotReady'],
  ['in the middle of a rollout', { ...pod('p', { owner: 'web-1' }), metadata: { ...pod('p', { owner: 'web-1' }).metadata, labels: { 'pod-template-hash': '1' } } }, { sibling: { ...pod('new', { owner: 'web-2', ready: false }), metadata: { ...pod('new', { owner: 'web-2' }).metadata, labels: { 'pod-template-hash': '2' } } } }, 'NotReady'],
  ['the only one', pod('p'), { sibling: pod('other', { owner: 'else' }) }, 'OnlyOne'],
  ['the only one, which may be away', pod('p'), { sibling: pod('other', { owner: 'else' }), word: 'true' }, undefined],
  ['of a budget that lets none go', pod('p'), { budgets: [budget(2, 2)] }, 'Budget'],
  ['of a budget that lets one go, though not now', pod('p'), { budgets: [budget(2, 1)] }, undefined],
  ['beside a budget of others', pod('p', { owner: 'db' }), { budgets: [budget(2, 2)], sibling: pod('other', { owner: 'db' }) }, undefined],
])('a pod, %s', (_, p, around, reason) => expect(why(p, around)).toBe(reason))
