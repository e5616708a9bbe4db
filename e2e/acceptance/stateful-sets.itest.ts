import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StatefulSet } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { kubectl132 } from '../lab/tools.ts'

// A StatefulSet on a real Docker, in order: each test builds on the state the one before has left.
const APP = 'statefulset/db'
let site: Site
let kubectl: Kubectl
beforeAll(async () => {
  site = await siteUp()
  kubectl = new Kubectl(site, kubectl132())
})
afterAll(() => site?.down())

const labels = { app: 'db' }
const script = 'echo $(hostname -f) > /tmp/me; trap exit TERM; while :; do sleep 0.1; done'
const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 2, containers: [{ name: 'main', image: 'busybox:1.35', command: ['sh', '-c', script], env: [{ name: 'VERSION', value: '1' }] }] } }
const items = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'peers' }, spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] } },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { serviceName: 'peers', replicas: 3, selector: { matchLabels: labels }, template } },
]
const run = (pod: string, command: string): Promise<string> => kubectl.ok('exec', pod, '--', 'sh', '-c', command)
const get = (): Promise<StatefulSet> => kubectl.get<StatefulSet>('statefulset', 'db')
const podOf = (name: string): Promise<Pod> => kubectl.get<Pod>('pod', name)
const versions = (): Promise<string[]> => Promise.all([0, 1, 2].map(async (i) => (await run(`db-${String(i)}`, 'echo $VERSION')).trim()))

/** What Docker says began and died of the set's containers while `during` runs, in order: `+db-0`, `-db-2`. */
async function traced(during: () => Promise<unknown>): Promise<string[]> {
  const { events, stop } = await site.containers.watch()
  await during()
  // What Docker said until now has arrived once something that is said later has.
  await site.host.exec('docker rm $(docker create --label toque.test=end busybox:1.35)')
  await eventually('the end of the events', () => Promise.resolve(events.some((e) => e.action === 'destroy' && e.labels['toque.test'] === 'end')))
  stop()
  return events.filter((e) => e.labels[DockerLabel.role] === 'app' && e.labels[DockerLabel.podName]?.startsWith('db-') === true && ['start', 'die'].includes(e.action))
    .sort((a, b) => a.timeMs - b.timeMs).map((e) => `${e.action === 'start' ? '+' : '-'}${e.labels[DockerLabel.podName] ?? ''}`)
}

test('its pods begin one after the other, know their names, and find each other by them', async () => {
  const order = await traced(async () => {
    await kubectl.done(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    await kubectl.ok('rollout', 'status', APP, '--timeout=110s')
  })
  expect(order).toEqual(['+db-0', '+db-1', '+db-2'])
  expect((await run('db-1', 'hostname; cat /tmp/me')).trim().split('\n')).toEqual(['db-1', 'db-1.peers.default.svc.cluster.local'])
  for (const name of ['db-2.peers', 'db-2.peers.default', 'db-2.peers.default.svc.cluster.local']) {
    const { podIP = '' } = (await podOf('db-2')).status ?? {}
    await eventually(`${name} to be db-2`, async () => (await run('db-0', `ping -c1 -W1 ${name} || true`)).includes(podIP))
  }
  expect(await kubectl.ok('get', APP)).toMatch(/^NAME +READY +AGE\ndb +3\/3 /)
})

test('a rollout goes from the highest down to the partition, each after the end of the one before', async () => {
  await kubectl.ok('patch', APP, '-p', '{"spec":{"updateStrategy":{"rollingUpdate":{"partition":1}}}}')
  const order = await traced(async () => {
    await kubectl.ok('set', 'env', APP, 'VERSION=2')
    await kubectl.ok('rollout', 'status', APP, '--timeout=110s')
    await eventually('all to be ready', async () => (await get()).status?.readyReplicas === 3)
  })
  expect([order, await versions()]).toEqual([['-db-2', '+db-2', '-db-1', '+db-1'], ['1', '2', '2']])
})

test('scaled down, the highest ends first', async () => {
  const order = await traced(async () => {
    await kubectl.ok('scale', APP, '--replicas=1')
    await eventually('one to be left', async () => (await get()).status?.replicas === 1)
  })
  expect(order).toEqual(['-db-2', '-db-1'])
})
