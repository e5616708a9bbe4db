import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Node, Pod, PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl, type Outcome } from '../harness/kubectl.ts'
import { website } from '../harness/manifests.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { STACK } from '../harness/stack-trace.ts'
import { Toque } from '../harness/toque.ts'
import { repository } from '../lab/places.ts'
import { run } from '../lab/run.ts'
import { kubectl120, kubectl132 } from '../lab/tools.ts'

// Whatever goes wrong: a sentence that says what, where and what to do; nothing half-applied; no stack trace; and it heals by itself.
let site: Site
let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'toque-bad-'))
  site = await siteUp({ kubectl: kubectl132() })
  await site.toque.apply(website({ name: 'site', image: 'nginx:1.22', replicas: 2, nodePort: 30090 }))
  await site.toque.rolloutDone('site')
})
afterAll(async () => {
  await site?.down()
  await rm(scratch, { recursive: true, force: true })
})

/** Starts another Toque that cannot start, and resolves with how it ended. */
function failedStart(...args: string[]): Promise<Outcome> {
  const [enter = '', ...words] = [...site.host.onItsNetwork, process.execPath, join(repository, 'out/main/headless.js'), '--headless', '--docker', site.host.dockerSocket, ...args]
  return new Promise((resolve) => {
    const child = execFile(enter, words, { timeout: 60_000 }, (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }))
  })
}
const pod = (name: string, container: object): string => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1000'], ...container }] } })
const trouble = (name: string): Promise<string> => eventually(`why ${name} does not start`, async () => {
  const { state } = (await site.toque.get<Pod>('pod', name)).status?.containerStatuses?.[0] ?? {}
  return state?.waiting?.reason !== 'ContainerCreating' && state?.waiting?.message
})
const nodeReady = async (toque = site.toque): Promise<{ status: string; message?: string } | undefined> => (await toque.get<{ items: Node[] }>('nodes')).items[0]?.status?.conditions?.find((c) => c.type === 'Ready')
const restarts = async (): Promise<string[]> => (await site.containers.of('site', { role: 'app' })).map((c) => `${c.id.slice(0, 12)} ${String(c.startedAt)}`).sort()

describe.each([{ version: '1.20', path: kubectl120 }, { version: '1.32', path: kubectl132 }])('manifests, kubectl $version', ({ version, path }) => {
  const good = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: `bad-${version.replace('.', '')}` }, spec: { replicas: 1, selector: { matchLabels: { app: 'bad' } }, template: { metadata: { labels: { app: 'bad' } }, spec: { containers: [{ name: 'main', image: 'nginx' }] } } } }
  const changed = (change: (d: typeof good) => void): string => {
    const copy = structuredClone(good)
    change(copy)
    return stringify(copy)
  }
  test.each([
    { what: 'broken YAML', yaml: 'apiVersion: v1\nkind: Pod\n  metadata: [', says: /yaml: line 3/ },
    { what: 'an unknown field', yaml: changed((d) => Object.assign(d.spec, { replcas: 3 })), says: /unknown field "(spec\.)?replcas"/ },
    { what: 'a wrong type', yaml: changed((d) => Object.assign(d.spec, { replicas: 'three' })), says: /spec\.replicas/ },
    { what: 'no image', yaml: changed((d) => Object.assign(d.spec.template.spec.containers[0] ?? {}, { image: undefined })), says: /spec\.template\.spec\.containers\[0\]\.image: Required value/ },
    { what: 'an unknown kind', yaml: changed((d) => Object.assign(d, { kind: 'Deploiment' })), says: /no matches for kind "Deploiment"/ },
    { what: 'a selector that does not fit', yaml: changed((d) => Object.assign(d.spec.selector.matchLabels, { app: 'other' })), says: /selector.*does not match/ },
  ])('$what', async ({ yaml, says }) => {
    const kubectl = new Kubectl(site, path())
    const said = await kubectl.refused(['apply', '-f', '-'], { input: yaml })
    expect(said).toMatch(says)
    expect(said).not.toMatch(STACK)
    expect(await kubectl.refused(['get', 'deployment', good.metadata.name])).toMatch(/not found/)
  })
})

test('what the server itself reads: strict fields, wrong types and broken bodies', async () => {
  const kubectl = new Kubectl(site, kubectl132())
  const raw = async (body: string): Promise<string> => kubectl.refused(['create', '--raw', '/api/v1/namespaces/default/pods?fieldValidation=Strict', '-f', '-'], { input: body })
  expect(await raw('{"apiVersion": "v1", "kind":')).toMatch(/body of the request cannot be read/)
  expect(await raw(pod('strict', { imagee: 'x' }))).toMatch(/strict decoding error: unknown field "spec\.containers\[0\]\.imagee"/)
  expect(await raw(pod('strict', { ports: [{ containerPort: 'http' }] }))).toMatch(/containerPort/)
  expect(await kubectl.refused(['get', 'pod', 'strict'])).toMatch(/not found/)
})

test('no such image, at a registry that answers and at Docker Hub out of reach', async () => {
  const image = `${site.lab.registry ?? ''}/no/such:1`
  await site.toque.apply(pod('no-image', { image }))
  await site.toque.apply(pod('no-hub', { image: 'no-such-thing:7' }))
  await site.toque.apply(pod('no-name', { image: 'Not A Name' })).catch(() => '')
  const [answered, unreachable] = [await trouble('no-image'), await trouble('no-hub')]
  console.log(answered, '|', unreachable)
  expect(answered.includes(image)).toBe(true)
  expect(answered).toMatch(/[Tt]here is no|has no|not found/)
  expect(unreachable).toMatch(/no-such-thing:7/)
  await site.toque.kubectl(['delete', 'pod', 'no-image', 'no-hub', 'no-name', '--ignore-not-found', '--grace-period=1'])
})

test('ports that are taken: by a container, by another Service, by another program', async () => {
  const { stdout: foreign } = await site.host.exec('docker run -d -p 18090:80 nginx:1.22')
  await site.toque.apply(pod('port', { ports: [{ containerPort: 80, hostPort: 18090 }] }))
  const said = await eventually('why', async () => /Port 18090 of the node is taken by another container: [^"]*/.exec(await site.toque.kubectl(['describe', 'pod', 'port']))?.[0])
  console.log(`${foreign.slice(0, 12)} has the port: ${said.split('\n')[0] ?? ''}`)
  await site.host.exec(['docker', 'rm', '-f', foreign.trim()])
  await site.toque.kubectl(['wait', '--for=condition=Ready', 'pod/port', '--timeout=110s'])
  await site.toque.apply(pod('port-2', { ports: [{ containerPort: 80, hostPort: 18090 }] }))
  await eventually('Pending with its reason', async () => (await site.toque.get<Pod>('pod', 'port-2')).status?.conditions?.some((c) => c.type === 'PodScheduled' && c.status === 'False' && /port/.test(c.message ?? '')))
  await site.toque.kubectl(['delete', 'pod', 'port', 'port-2', '--grace-period=1'])
  await expect(site.toque.kubectl(['create', 'service', 'nodeport', 'second', '--tcp=80', '--node-port=30090'])).rejects.toThrow(/30090.*already allocated/s)
  await expect(site.toque.kubectl(['get', 'service', 'second'])).rejects.toThrow(/not found/)
  const port = new URL(site.toque.url).port
  const ended = await failedStart('--data', join(scratch, 'other'), '--port', port)
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr.trim()).toBe(`Port ${port} is taken by another program. Choose another with --port, or leave it away.`)
  expect(await failedStart('--data', join(scratch, 'other'), '--port', 'eighty')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^--port eighty is no port: .*\n$/) as string })
})

test('a data directory that another engine uses', async () => {
  const ended = await failedStart('--data', site.toque.data)
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr).toMatch(/^The data directory .* is in use by another Toque engine: .*\n$/)
  expect(await site.toque.kubectl(['get', 'deployment', 'site'])).toMatch(/2\/2/)
})

test('a kubeconfig with the wrong authority, the wrong credentials or none', async () => {
  interface Config { clusters: { cluster: Record<string, string> }[]; users: { user: Record<string, string> }[] }
  const read = async (): Promise<Config> => parse(await readFile(site.toque.kubeconfig, 'utf8')) as Config
  const using = async (config: Config, ...more: string[]): Promise<string> => {
    const file = join(scratch, 'kubeconfig')
    await writeFile(file, stringify(config))
    return new Kubectl(site, kubectl132()).refused(['--kubeconfig', file, 'get', 'pods', ...more])
  }
  const authority = await read()
  const { stdout: other } = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=other', '-days', '1'])
  if (authority.clusters[0] !== undefined) authority.clusters[0].cluster['certificate-authority-data'] = Buffer.from(other).toString('base64')
  expect(await using(authority)).toMatch(/certificate signed by unknown authority/)
  const nobody = await read()
  if (nobody.users[0] !== undefined) nobody.users[0].user = { token: 'wrong' }
  expect(await using(nobody)).toMatch(/You must be logged in to the server/)
  const key = await read()
  if (key.users[0] !== undefined) key.users[0].user['client-key-data'] = Buffer.from(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })).toString('base64')
  expect(await using(key)).toMatch(/private key does not match public key/)
  const [server = ''] = (await read()).clusters.map((c) => c.cluster['server'])
  const answer = JSON.parse((await site.host.exec(['curl', '-sSk', '-H', 'Authorization: Bearer wrong', `${server}/api/v1/pods`])).stdout) as { code: number; message: string }
  console.log(`401: ${answer.message}`)
  expect(answer).toMatchObject({ kind: 'Status', code: 401, reason: 'Unauthorized' })
  expect(answer.message).toMatch(/kubeconfig/)
})

test('Docker stops: reading and writing go on, the node says why, and all comes back by itself', async () => {
  const before = await restarts()
  await site.host.stopDocker()
  const down = await eventually('the node to say so', async () => { const ready = await nodeReady(); return ready?.status !== 'True' && ready })
  console.log(`Docker stopped under ${before.join(', ')}: ${down.message ?? ''}`)
  expect(down.message).toMatch(/Docker/)
  await site.toque.kubectl(['create', 'configmap', 'written', '--from-literal=while=away'])
  await site.toque.apply(pod('later', {}))
  await site.host.startDocker()
  await eventually('Ready', async () => (await nodeReady())?.status === 'True')
  await site.toque.kubectl(['wait', '--for=condition=Ready', 'pod/later', '--timeout=110s'])
  await eventually('both websites', async () => (await site.toque.get<Deployment>('deployment', 'site')).status?.readyReplicas === 2)
  await eventually('the Service', async () => (await site.host.exec(['curl', '-sS', '--max-time', '3', `http://${site.host.address}:30090/`])).stdout.includes('nginx'))
  expect(site.toque.log).not.toMatch(STACK)
})

test('Docker is not there at the start: the engine serves, and takes over when it comes', async () => {
  await site.toque.kill()
  await site.host.stopDocker()
  await site.toque.restart()
  expect(await site.toque.kubectl(['get', 'configmap', 'written', '-o', 'jsonpath={.data.while}'])).toBe('away')
  await eventually('the node to say so', async () => (await nodeReady())?.status !== 'True')
  await site.host.startDocker()
  await eventually('both websites', async () => (await nodeReady())?.status === 'True' && (await site.toque.get<Deployment>('deployment', 'site')).status?.readyReplicas === 2)
  expect(site.toque.log).not.toMatch(STACK)
})

test('the disk of the data is full: writes are refused whole, reading goes on, and room is enough to recover', async () => {
  const data = join(scratch, 'small')
  await mkdir(data)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data])
  console.log(`mounted 24 MiB at ${data} for the data of an engine on ${site.host.name}`)
  let small: Toque | undefined
  try {
    // Of another cluster: it leaves alone what the first one runs.
    await site.toque.stop()
    small = await Toque.start({ host: site.host, data, kubectl: kubectl132() })
    await run('sh', ['-c', `head -c 30000000 /dev/zero > ${data}/filler`], { anyCode: true })
    const map = (n: number): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [1, 2].map((i) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `map-${String(n)}-${String(i)}` }, data: { text: 'x'.repeat(200_000) } })) })
    let refusal = ''
    let written = 0
    for (let n = 0; n < 40 && refusal === ''; n++) await small.apply(map(n)).then(() => written++, (error: unknown) => (refusal = String(error)))
    console.log(`after ${String(written)}: ${refusal.split('\n')[0] ?? ''}`)
    expect(refusal).toMatch(/disk that holds .* is full\. Nothing was changed; make room there and try again/)
    expect(refusal).not.toMatch(STACK)
    const { items } = await small.get<PodList>('configmaps')
    expect(items.filter((m) => m.metadata.name.startsWith('map-')).length).toBeGreaterThanOrEqual(2 * written)
    await rm(join(data, 'filler'))
    await eventually('writing to go on', async () => (await small?.apply(map(99)))?.includes('map-99-2'))
    expect(small.log).not.toMatch(STACK)
  } finally {
    await small?.stop()
    await run('umount', [data])
  }
})
