import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { ApiException, AppsV1Api, CoordinationV1Api, CoreV1Api, Exec, KubeConfig, KubernetesObjectApi, Log, Metrics, PatchStrategy, PortForward, RbacAuthorizationV1Api, setHeaderOptions, topPods, type V1Deployment, type V1Status, Watch } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../harness/containers.ts'
import { type Candidacy, stepDown, tryToLead } from './client-node/lease-elector.ts'
import { ServedCluster } from './served-cluster.ts'

// Kubernetes' own client library for Node, unchanged, against the whole cluster.

const NS = 'library'
let served: ServedCluster
let config: KubeConfig
let core: CoreV1Api
let apps: AppsV1Api

beforeAll(async () => {
  served = await ServedCluster.start(2)
  config = new KubeConfig()
  config.loadFromFile(served.server.kubeconfig)
  core = config.makeApiClient(CoreV1Api)
  apps = config.makeApiClient(AppsV1Api)
  await core.createNamespace({ body: { metadata: { name: NS } } })
})
afterAll(() => served?.stop())

const deployment = (name: string, image = 'talks'): V1Deployment => ({
  metadata: { name, labels: { app: name } },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image, stdin: true }] } } },
})
const refusal = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof ApiException)) throw error
    return { code: error.code, status: JSON.parse(String(error.body)) as V1Status }
  }
}

async function runningPod(name: string): Promise<string> {
  await apps.createNamespacedDeployment({ namespace: NS, body: deployment(name) })
  return eventually(`a pod of ${name}`, async () => (await core.listNamespacedPod({ namespace: NS, labelSelector: `app=${name}`, fieldSelector: 'status.phase=Running' })).items[0]?.metadata?.name)
}

describe('typed clients', () => {
  test('create, read, replace, conflict, delete; times are times', async () => {
    const made = await apps.createNamespacedDeployment({ namespace: NS, body: deployment('typed') })
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date)
    expect(made.spec?.strategy?.rollingUpdate?.maxSurge).toBe('25%')
    const replaced = await apps.replaceNamespacedDeployment({ namespace: NS, name: 'typed', body: { ...made, metadata: { ...made.metadata, resourceVersion: undefined as never }, spec: { ...made.spec as NonNullable<V1Deployment['spec']>, replicas: 2 } } })
    expect(replaced.spec?.replicas).toBe(2)
    expect(await refusal(apps.replaceNamespacedDeployment({ namespace: NS, name: 'typed', body: made }))).toMatchObject({ code: 409, status: { reason: 'Conflict' } })
    expect(await refusal(apps.readNamespacedDeployment({ namespace: NS, name: 'none' }))).toMatchObject({ code: 404, status: { reason: 'NotFound', message: 'deployments.apps "none" not found', details: { name: 'none', group: 'apps', kind: 'deployments' } } })
    expect(await refusal(apps.createNamespacedDeployment({ namespace: NS, body: { metadata: { name: 'bad' } } as V1Deployment }))).toMatchObject({ code: 422, status: { reason: 'Invalid' } })
    expect((await apps.replaceNamespacedDeploymentScale({ namespace: NS, name: 'typed', body: { metadata: { name: 'typed', namespace: NS }, spec: { replicas: 0 } } })).spec?.replicas).toBe(0)
    expect(await apps.deleteNamespacedDeployment({ namespace: NS, name: 'typed', propagationPolicy: 'Foreground' })).toBeDefined()
    await eventually('it is gone', async () => (await apps.listNamespacedDeployment({ namespace: NS, labelSelector: 'app=typed' })).items.length === 0)
  })

  test('every patch', async () => {
    await core.createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'patched' }, data: { a: '1' } } })
    const patch = async (type: string, body: unknown, more: object = {}): Promise<unknown> => (await core.patchNamespacedConfigMap({ namespace: NS, name: 'patched', body, ...more }, setHeaderOptions('Content-Type', type))).data
    // What the library sends by itself is a JSON patch.
    expect((await core.patchNamespacedConfigMap({ namespace: NS, name: 'patched', body: [{ op: 'add', path: '/data/b', value: '2' }] })).data).toEqual({ a: '1', b: '2' })
    expect(await patch(PatchStrategy.MergePatch, { data: { a: null } })).toEqual({ b: '2' })
    expect(await patch(PatchStrategy.StrategicMergePatch, { data: { c: '3' } })).toEqual({ b: '2', c: '3' })
    expect(await patch(PatchStrategy.ServerSideApply, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { d: '4' } }, { fieldManager: 'library' })).toEqual({ b: '2', c: '3', d: '4' })
    const objects = KubernetesObjectApi.makeApiClient(config)
    expect(await objects.patch({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched', namespace: NS }, data: { e: '5' } } as never)).toMatchObject({ data: { e: '5' } })
    expect((await objects.list('apps/v1', 'Deployment', NS)).kind).toBe('DeploymentList')
    expect(await objects.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'any', namespace: NS }, stringData: { a: 'b' } } as never)).toMatchObject({ data: { a: 'Yg==' } })
  })

  test('pages of a list, its continue, and what remains', async () => {
    for (let i = 0; i < 5; i++) await core.createNamespacedSecret({ namespace: NS, body: { metadata: { name: `page-${String(i)}`, labels: { set: 'pages' } } } })
    const names: string[] = []
    let token: string | undefined
    do {
      const page = await core.listNamespacedSecret({ namespace: NS, labelSelector: 'set=pages', limit: 2, ...(token === undefined ? {} : { _continue: token }) })
      names.push(...page.items.map((s) => s.metadata?.name ?? ''))
      token = page.metadata?._continue
    } while (token)
    expect(names).toEqual([0, 1, 2, 3, 4].map((i) => `page-${String(i)}`))
    await core.deleteCollectionNamespacedSecret({ namespace: NS, labelSelector: 'set=pages' })
    expect((await core.listNamespacedSecret({ namespace: NS, labelSelector: 'set=pages' })).items).toEqual([])
  })

  test('roles come with their rules', async () => {
    const rbac = config.makeApiClient(RbacAuthorizationV1Api)
    expect((await rbac.readClusterRole({ name: 'cluster-admin' })).rules).toEqual([{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['*'], verbs: ['*'] }])
  })
})

describe('in pods', () => {
  let pod: string
  beforeAll(async () => {
    pod = await runningPod('inside')
  })

  test('exec: outputs, exit code, input to its end', async () => {
    const run = async (command: string[], input = ''): Promise<{ out: string; err: string; status: V1Status }> => {
      const [out, err] = [new PassThrough(), new PassThrough()]
      const status = new Promise<V1Status>((resolve, reject) => {
        new Exec(config).exec(NS, pod, 'main', command, out, err, input === '' ? null : Readable.from([input]), false, resolve).catch(reject)
      })
      const [said, complained] = await Promise.all([text(out), text(err)])
      return { out: said, err: complained, status: await status }
    }
    expect(await run(['hello'])).toMatchObject({ out: 'to stdout\n', err: 'to stderr\n', status: { status: 'Success' } })
    expect((await run(['fail', '3'])).status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } })
    expect(await run(['echo'], 'a line\n')).toMatchObject({ out: 'a line\n', status: { status: 'Success' } })
  })

  test('logs', async () => {
    const stream = new PassThrough()
    await new Log(config).log(NS, pod, 'main', stream, { tailLines: 1 })
    expect(await text(stream)).toBe('world\n')
    expect(await core.readNamespacedPodLog({ namespace: NS, name: pod })).toBe('hello\nworld\n')
  })

  test('a forwarded port', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const socket = await new PortForward(config).portForward(NS, pod, [80], output, null, input)
    input.write('GET /page HTTP/1.0\r\n\r\n')
    let answer = ''
    output.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    await eventually('an answer', () => Promise.resolve(answer.includes('you asked for /page')))
    if (typeof socket !== 'function') socket.close()
  })

  test('what is used', async () => {
    const usage = await eventually('usage', async () => (await topPods(core, new Metrics(config), NS)).find((p) => p.Pod.metadata?.name === pod && p.Containers.length > 0))
    expect([Number(usage.CPU.CurrentUsage), Number(usage.Memory.CurrentUsage)]).toEqual([0.25, 64 * 2 ** 20])
  })
})

describe('leader election', () => {
  const lease = (identity: string): Candidacy => ({ namespace: NS, name: 'leader', identity, leaseSeconds: 1 })

  test('of many who try at once one leads, keeps it, hands it over, and loses it by silence', async () => {
    const api = config.makeApiClient(CoordinationV1Api)
    const all = ['a', 'b', 'c', 'd', 'e']
    const round = async (who: readonly string[]): Promise<string[]> => {
      const leads = await Promise.all(who.map((identity) => tryToLead(api, lease(identity))))
      return who.filter((_, i) => leads[i])
    }
    const [first = '', ...others] = await round(all)
    expect([first === '', others]).toEqual([false, []])
    expect(await round(all)).toEqual([first])
    await stepDown(api, lease(first))
    const [second = ''] = await round(all.filter((id) => id !== first))
    expect(second).not.toBe('')
    // Its time is over without a word.
    const third = await eventually('another to take over', async () => (await round(all.filter((id) => id !== second)))[0], 5_000)
    const found = await api.readNamespacedLease({ namespace: NS, name: 'leader' })
    expect(found.spec).toMatchObject({ holderIdentity: third, leaseTransitions: 2 })
    expect(String(found.spec?.renewTime)).toMatch(/\.\d{6}Z$/)
  })
})

test('a watch from a revision tells everything since, in order, and ends when it is told to', async () => {
  const before = (await core.listNamespacedConfigMap({ namespace: NS })).metadata?.resourceVersion
  await core.createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'seen' } } })
  await core.deleteNamespacedConfigMap({ namespace: NS, name: 'seen' })
  const events: string[] = []
  const ended = new PassThrough()
  const controller = await new Watch(config).watch(`/api/v1/namespaces/${NS}/configmaps`, { resourceVersion: before }, (type: string, object: { metadata: { name: string } }) => events.push(`${type} ${object.metadata.name}`), () => ended.end())
  await eventually('both changes', () => Promise.resolve(events.length >= 2))
  controller.abort()
  await once(ended.resume(), 'end')
  expect(events).toEqual(['ADDED seen', 'DELETED seen'])
})
