import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node, PodSpec, Taint } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { unschedulableOf } from '../../src-main/common/kube/unschedulable.ts'
import { eventually } from '../harness/containers.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// Where pods go, on three real servers: what was asked for is where Docker runs it.
const GPU_TAINT: Taint = { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }
const HOST = 'kubernetes.io/hostname'
const SECOND_MS = 1_000
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
})
afterAll(() => team?.down())

const host = (n: number): LabHost => team.lab.host(n)
const names = (): string[] => team.hosts.map((h) => h.name)
const label = (of: LabHost, ...labels: string[]): Promise<string> => team.kubectl(['label', 'node', of.name, ...labels])

async function deploy(name: string, replicas: number, spec: Partial<PodSpec>, resources: object = {}): Promise<void> {
  const containers = [{ name: 'web', image: 'nginx', resources }]
  await team.apply({
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers, ...spec } } },
  })
}


/** Resolves with how many containers of the app each server's Docker runs, in the servers' order, once so many of its pods are Ready. */
async function running(app: string, ready: number, on: readonly LabHost[] = team.hosts): Promise<number[]> {
  await eventually(`${String(ready)} pods of ${app} Ready`, async () => (await team.activePods(app)).filter((p) => isPodReady(p) && on.some((h) => h.name === p.spec.nodeName)).length === ready, 120 * SECOND_MS)
  return Promise.all(on.map(async (h) => (await team.containers(h).of(app, { role: 'app' })).length))
}

/** Of each server, why it does not take the one pod of the app that waits. */
async function refusals(app: string): Promise<Record<string, string[]>> {
  const waiting = await eventually(`the reasons of a pod of ${app}`, async () => (await team.activePods(app)).map(unschedulableOf).find((u) => u !== undefined && u.reasons.length > 0))
  return Object.fromEntries(names().map((name) => [name, waiting.reasons.filter((r) => r.nodes.includes(name)).map((r) => r.reason)]))
}

test('SSD only: by the label that says which disk a server has', async () => {
  await Promise.all([label(host(1), 'disk=ssd'), label(host(2), 'disk=hdd'), label(host(3), 'disk=ssd')])
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }] } }
  await deploy('on-ssd', 4, { affinity: { nodeAffinity: required } })
  expect(await running('on-ssd', 4)).toEqual([2, 0, 2])
  // The label that Toque itself sets does as well.
  const own = (await team.get<Node>('node', host(1).name)).metadata.labels?.['toque.dev/disk-type']
  expect(own).toMatch(/^(ssd|hdd|nvme)$/)
  await deploy('on-own', 1, { nodeSelector: { 'toque.dev/disk-type': own ?? '' } })
  await running('on-own', 1)
  await team.kubectl(['delete', 'deployment', 'on-own', 'on-ssd'])
})

test('not on the same node: three go, each on a server of its own; the fourth waits, and says why of each', async () => {
  const far = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector: { matchLabels: { app: 'apart' } } }] }
  await deploy('apart', 4, { affinity: { podAntiAffinity: far } })
  expect(await running('apart', 3)).toEqual([1, 1, 1])
  const why = ["node(s) didn't match pod anti-affinity rules"]
  expect(await refusals('apart')).toEqual(Object.fromEntries(names().map((name) => [name, why])))
  expect(await team.kubectl(['get', 'events', '--field-selector', 'reason=FailedScheduling'])).toMatch(/0\/3 nodes are available: 3 node\(s\) didn't match pod anti-affinity rules/)
  // One leaves, and the one that waited takes its place.
  await team.kubectl(['scale', 'deployment', 'apart', '--replicas=3'])
  await eventually('none that waits', async () => (await team.activePods('apart')).every(isPodReady))
  await team.kubectl(['delete', 'deployment', 'apart'])
})

test('a GPU group: only who tolerates it gets there, as many as there are GPUs, and a server where they are only declared keeps them', async () => {
  const { name } = host(2)
  await team.kubectl(['taint', 'node', name, `${GPU_TAINT.key}=${GPU_TAINT.value ?? ''}:${GPU_TAINT.effect}`])
  await label(host(2), 'accelerator=nvidia')
  await declare(host(2), 'nvidia.com/gpu', '2')
  await deploy('plain', 4, {})
  expect(await running('plain', 4)).toEqual([2, 0, 2])
  const gpu = { limits: { 'nvidia.com/gpu': '1' } }
  await deploy('training', 3, { nodeSelector: { accelerator: 'nvidia' }, tolerations: [{ key: GPU_TAINT.key, operator: 'Exists', effect: 'NoSchedule' }] }, gpu)
  expect(await running('training', 2)).toEqual([0, 2, 0])
  const elsewhere = ["node(s) didn't match Pod's node affinity/selector"]
  expect(await refusals('training')).toEqual({ [host(1).name]: elsewhere, [name]: ['Insufficient nvidia.com/gpu'], [host(3).name]: elsewhere })
  expect(await team.kubectl(['get', 'events', '--field-selector', 'reason=GPUOnlyDeclared'])).toMatch(/container web starts without one/)
  // A pod that asks for a GPU and does not tolerate the group.
  await deploy('intruder', 1, {}, gpu)
  expect(await refusals('intruder')).toEqual({ [host(1).name]: ['Insufficient nvidia.com/gpu'], [name]: ['node(s) had untolerated taint {nvidia.com/gpu: present}'], [host(3).name]: ['Insufficient nvidia.com/gpu'] })
  // One more GPU: who waited for one goes at once.
  await declare(host(2), 'nvidia.com/gpu', '3')
  expect(await running('training', 3)).toEqual([0, 3, 0])
  await team.kubectl(['delete', 'deployment', 'plain', 'training', 'intruder'])
  await team.kubectl(['taint', 'node', name, `${GPU_TAINT.key}-`])
})

test('spread: a server that loses its power takes the fewest replicas that one can take', async () => {
  // What another app has on one server must not draw these elsewhere.
  await deploy('lopsided', 3, { nodeSelector: { [HOST]: host(1).name } })
  await running('lopsided', 3)
  const constraint = { maxSkew: 1, topologyKey: HOST, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'spread' } }, nodeTaintsPolicy: 'Honor' }
  await deploy('spread', 7, { topologySpreadConstraints: [constraint] })
  const on = await running('spread', 7)
  expect([...on].sort()).toEqual([2, 2, 3])
  const before = await team.activePods('spread')
  const victim = host(on.indexOf(3) + 1)
  await victim.kill()
  const left = team.hosts.filter((h) => h !== victim)
  const after = await running('spread', 7, left)
  expect([...after].sort()).toEqual([3, 4])
  // No more than a third of them, rounded up, and no other was touched.
  const now = new Set((await team.activePods('spread')).map((p) => p.metadata.uid))
  const lost = before.filter((p) => !now.has(p.metadata.uid))
  expect(lost.map((p) => p.spec.nodeName)).toEqual(Array(Math.ceil(7 / 3)).fill(victim.name))
  // Somebody's word about GPUs outlives their server's absence.
  await victim.start()
  await team.nodesReady(3)
  expect((await team.get<Node>('node', host(2).name)).status?.allocatable?.['nvidia.com/gpu']).toBe('3')
})

/** What upstream's documentation says to do for an extended resource. */
async function declare(on: LabHost, resource: string, count: string): Promise<void> {
  const kube = await team.api()
  await kube.patch(`/api/v1/nodes/${on.name}/status`, { status: { capacity: { [resource]: count }, allocatable: { [resource]: count } } })
}
