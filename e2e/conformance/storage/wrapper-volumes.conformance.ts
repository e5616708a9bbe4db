import { expect } from 'vitest'
import type { Pod, PodList } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { forever, podOf, runningPod } from '../framework/pods.ts'
import { CONFIG_MAP, made, SECRET } from './file-sources.ts'

// A pod's volumes of files come one beside the other, few or many.

const MAPS = 50
const PODS = 5
const ROUNDS = 3

conformance('[sig-storage] EmptyDir wrapper volumes should not conflict', async (f) => {
  const [map, secret] = [await made(f, CONFIG_MAP, { 'data-1': 'value-1' }), await made(f, SECRET, { 'data-1': 'value-1' })]
  const pod = podOf(f.unique('pod-secrets'), {
    volumes: [{ name: 'secret-volume', secret: { secretName: secret } }, { name: 'configmap-volume', configMap: { name: map } }],
    containers: [{ ...forever(), volumeMounts: [{ name: 'secret-volume', mountPath: '/etc/secret-volume', readOnly: true }, { name: 'configmap-volume', mountPath: '/etc/configmap-volume' }] }],
  })
  await runningPod(f, pod)
  await f.client.delete(f.core('pods', pod.metadata.name))
})

/** A ReplicationController whose pods, all on one node, have every config map as a volume; until all of them run, and then until all are gone. */
async function round(f: Framework, maps: readonly string[], node: string): Promise<void> {
  const name = f.unique('wrapped-volume-race')
  const pod = podOf(name, {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] } } },
    dnsPolicy: 'Default', restartPolicy: 'Always', volumes: maps.map((map, i) => ({ name: `racey-configmap-${String(i)}`, configMap: { name: map, items: [{ key: 'data-1', path: 'data-1' }] } })),
    containers: [{ ...forever(), resources: { requests: { cpu: '10m' } }, volumeMounts: maps.map((_, i) => ({ name: `racey-configmap-${String(i)}`, mountPath: `/etc/config-${String(i)}` })) }],
  })
  const selector = { name }
  await f.client.create(f.core('replicationcontrollers'), {
    apiVersion: 'v1', kind: 'ReplicationController', metadata: { name }, spec: { replicas: PODS, selector, template: { metadata: { labels: selector }, spec: pod.spec } },
  })
  const pods = async (): Promise<Pod[]> => (await f.client.get<PodList>(f.core('pods'), { labelSelector: `name=${name}` })).items
  await eventually(`${String(PODS)} pods of ${String(maps.length)} volumes`, async () => (await pods()).filter(isPodReady).length === PODS, 240_000)
  await f.client.delete(f.core('replicationcontrollers', name), { propagationPolicy: 'Background' })
  await eventually('no pods', async () => (await pods()).length === 0, 120_000)
}

conformance('[sig-storage] EmptyDir wrapper volumes should not cause race condition when used for configmaps [Serial]', async (f) => {
  const maps = await Promise.all(Array.from({ length: MAPS }, () => made(f, CONFIG_MAP, { 'data-1': 'value-1' })))
  const items = await nodesOf(f)
  const node = items.find(({ spec }) => spec?.unschedulable !== true)?.metadata.labels?.['kubernetes.io/hostname'] ?? ''
  expect(node).not.toBe('')
  for (let i = 0; i < ROUNDS; i++) await round(f, maps, node)
}, 900_000)
