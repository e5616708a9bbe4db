import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { eventually } from '../harness/containers.ts'
import { website } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A pod whose data is on a lost server waits for it and says so; it never starts empty elsewhere, unless a person says so. Nor does one of a StatefulSet.
let team: Team
beforeAll(async () => {
  team = await Team.up(3)
})
afterAll(() => team?.down())

const PAGE = '/usr/share/nginx/html/index.html'

/** One nginx that serves a folder of its server. */
function withData(name: string, path: string): object {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
    spec: {
      replicas: 1, selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: {
        containers: [{ name: 'web', image: 'nginx:1.22', readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }, volumeMounts: [{ name: 'data', mountPath: '/usr/share/nginx/html' }] }],
        volumes: [{ name: 'data', hostPath: { path, type: 'DirectoryOrCreate' } }],
      } },
    },
  }
}
const podsOf = async (app: string): Promise<Pod[]> => (await team.get<{ items: Pod[] }>('pods', '-l', `app=${app}`)).items
const active = async (app: string): Promise<Pod[]> => (await podsOf(app)).filter((p) => p.metadata.deletionTimestamp === undefined)
async function only(app: string): Promise<Pod> {
  const [pod, ...more] = await active(app)
  if (pod === undefined || more.length > 0) throw new Error(`${app} has ${String(more.length + 1)} active pods`)
  return pod
}
const write = (pod: Pod, text: string): Promise<string> => team.kubectl(['exec', pod.metadata.name, '--', 'sh', '-c', `echo ${text} >${PAGE}`])
const read = (pod: Pod): Promise<string> => team.kubectl(['exec', pod.metadata.name, '--', 'cat', PAGE])
/** Where containers of the app run, by Docker, on servers that are up. */
const runningOn = async (app: string, away: LabHost): Promise<string[]> => {
  const found = await Promise.all(team.hosts.filter((h) => h !== away).map(async (h) => ((await team.containers(h).of(app, { role: 'app' })).length > 0 ? [h.name] : [])))
  return found.flat()
}
async function ready(app: string, elsewhereThan?: string): Promise<Pod> {
  return eventually(`${app} to serve`, async () => (await active(app)).find((p) => isPodReady(p) && p.spec.nodeName !== elsewhereThan), 90_000)
}

test('a server loses its power: what has data there waits for it, all else moves, and it serves its data again', async () => {
  await team.apply(withData('db', '/srv/db'))
  await team.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 6 }))
  await team.kubectl(['wait', '--for=condition=Available', 'deployment/site', '--timeout=100s'])
  await eventually('the pod', async () => (await active('db')).some((p) => p.status?.phase === 'Running'))
  const before = await only('db')
  await write(before, 'precious')
  await ready('db')
  const away = team.hostOf(before.spec.nodeName)
  console.log(`${before.metadata.name} on ${away.name}: ${(await team.containers(away).of('db')).map((c) => c.id.slice(0, 12)).join(' ')}`)

  await away.kill()
  await eventually('the rest of the pods to run elsewhere', async () => (await active('site')).filter((p) => isPodReady(p) && p.spec.nodeName !== away.name).length === 6, 90_000)
  const waiting = await only('db')
  expect(waiting.metadata.uid).toBe(before.metadata.uid)
  expect(waiting.status).toMatchObject({ reason: 'WaitingForData', message: expect.stringContaining(`/srv/db) is on server ${away.name}, which does not answer`) as string })
  expect(await team.kubectl(['get', 'pods'])).toMatch(new RegExp(`${before.metadata.name} .*WaitingForData`))
  const said = await team.kubectl(['describe', 'pod', before.metadata.name])
  expect(said).toMatch(/Its data \(\/srv\/db\) is on server/)
  expect(said).toMatch(/Warning +WaitingForData/)

  // What a person may do meanwhile starts nothing empty either.
  await team.kubectl(['rollout', 'restart', 'deployment/db'])
  const next = await eventually('the next revision to say why it waits', async () => (await active('db')).find((p) => p.metadata.uid !== before.metadata.uid && p.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.status === 'False')))
  expect(next.status?.conditions?.find((c) => c.type === 'PodScheduled')?.message).toMatch(new RegExp(`2 node\\(s\\) without its data, which is on server ${away.name}`))
  await team.kubectl(['rollout', 'undo', 'deployment/db'])
  // Longer than anything that moves takes.
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  expect(await runningOn('db', away)).toEqual([])

  await away.start()
  await team.nodesReady(3)
  const back = await eventually('it to serve its data', async () => {
    const pod = await ready('db')
    return (await read(pod)) === 'precious\n' ? pod : undefined
  }, 90_000)
  expect(back.spec.nodeName).toBe(away.name)
  await eventually('nobody to wait any more', async () => (await active('db')).every((p) => p.status?.reason === undefined))
  expect(await runningOn('db', away)).toEqual([])
})

test('a person decides that it starts without its data: another one starts, empty, and the old one does not come back', async () => {
  const before = await ready('db')
  const away = team.hostOf(before.spec.nodeName)
  await away.kill()
  await eventually('it to wait', async () => (await active('db')).some((p) => p.status?.reason === 'WaitingForData'), 90_000)
  await team.kubectl(['annotate', 'pod', before.metadata.name, 'toque.dev/on-server-loss=start-empty'])
  const moved = await eventually('another pod elsewhere', async () => (await active('db')).find((p) => p.status?.phase === 'Running' && p.spec.nodeName !== away.name), 90_000).catch(async (error: unknown) => {
    for (const what of ['nodes', 'pods', 'replicasets']) console.log(await team.kubectl(['describe', what]))
    console.log(await team.kubectl(['get', 'events', '--sort-by=.lastTimestamp']))
    throw error
  })
  await expect(read(moved)).rejects.toThrow(/No such file/)
  await away.start()
  await team.nodesReady(3)
  await eventually('the old one gone', async () => (await podsOf('db')).every((p) => p.metadata.uid === moved.metadata.uid) && (await team.containers(away).of('db')).length === 0, 90_000)
  // Its data is still there.
  expect((await away.exec('cat /srv/db/index.html')).stdout).toBe('precious\n')
})

test('a server that is cut off runs a pod of a StatefulSet: nobody else takes its name, until a person says that the server is off', async () => {
  const labels = { app: 'named' }
  const topologySpreadConstraints = [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: labels } }]
  const template = { metadata: { labels }, spec: { topologySpreadConstraints, terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'nginx:1.22' }] } }
  await team.apply({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'named' }, spec: { serviceName: 'named', replicas: 3, podManagementPolicy: 'Parallel', selector: { matchLabels: labels }, template } })
  await eventually('all to run', async () => (await active('named')).filter(isPodReady).length === 3, 90_000)
  const cut = (await active('named')).find((p) => p.spec.nodeName === team.hosts[1]?.name)
  if (cut === undefined) throw new Error('no pod on the second server')
  const { name, uid } = cut.metadata
  const away = team.hostOf(cut.spec.nodeName)
  /** Every container of that name, on all servers, the one that is cut off too. */
  const running = async (): Promise<string[]> => (await Promise.all(team.hosts.map((h) => team.containers(h).of(name, { role: 'app' })))).flat().map((c) => c.podUid)

  await away.cut()
  const waiting = await eventually('it to say what it waits for', async () => (await podsOf('named')).find((p) => p.status?.reason === 'WaitingForServer'), 90_000)
  expect(waiting.metadata).toMatchObject({ name, uid })
  expect(await team.kubectl(['describe', 'pod', name])).toMatch(/Warning +WaitingForServer[\s\S]*never runs two pods of one name/)
  // Told to go, it keeps its name all the same. Longer than anything that moves takes.
  await team.kubectl(['delete', 'pod', name, '--wait=false'])
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect([await running(), (await podsOf('named')).find((p) => p.metadata.name === name)?.metadata.uid]).toEqual([[uid], uid])

  await team.kubectl(['taint', 'node', away.name, 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute'])
  // With the spread that it asks for there is no place but its own server, which is out of service: it is free, and says why it waits.
  const next = await eventually('another of that name', async () => (await active('named')).find((p) => p.metadata.name === name && p.metadata.uid !== uid), 90_000)
  await away.heal()
  await team.nodesReady(3)
  await eventually('the old one gone', async () => (await running()).every((found) => found === next.metadata.uid), 90_000)
  await team.kubectl(['taint', 'node', away.name, 'node.kubernetes.io/out-of-service-'])
  await eventually('all to run', async () => (await active('named')).filter(isPodReady).length === 3, 90_000)
  expect(await running()).toEqual([next.metadata.uid])
})
