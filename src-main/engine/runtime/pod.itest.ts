import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigMaps, Nodes, Pods } from '../../common/kube/kinds.ts'
import { IMAGE, NodeBench } from './testing/node-bench.ts'

let bench: NodeBench
beforeAll(async () => {
  bench = await NodeBench.up()
})
afterAll(() => bench.down())

test('a pod of three containers with an init container, env and volumes runs, answers, and follows its config map', async () => {
  await bench.createConfigMap('app', { 'greeting': 'hello', 'dir.conf': 'a=1' })
  const start = Date.now()
  await bench.createPod('web', {
    terminationGracePeriodSeconds: 2,
    initContainers: [{ name: 'prepare', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'echo "$(GREETING) from $NAME at $IP" > /data/index.html'], env: [
      { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'app', key: 'greeting' } } },
      { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    ], volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    containers: [
      { name: 'http', image: IMAGE, imagePullPolicy: 'Never', command: ['httpd', '-f', '-p', '8080', '-h', '/data'], ports: [{ name: 'web', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 'web' }, periodSeconds: 5 }, volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      { name: 'user', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c'], args: ['id; touch /mem/x; exec sleep 10000'], securityContext: { runAsUser: 1234 },
        resources: { limits: { memory: '32Mi', cpu: '500m' } },
        volumeMounts: [{ name: 'mem', mountPath: '/mem' }, { name: 'config', mountPath: '/config' }, { name: 'config', mountPath: '/one.conf', subPath: 'dir.conf' }] },
      { name: 'side', image: IMAGE, imagePullPolicy: 'Never', command: ['sleep', '10000'], volumeMounts: [{ name: 'info', mountPath: '/info' }] },
    ],
    volumes: [
      { name: 'data', emptyDir: {} }, { name: 'mem', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }, { name: 'config', configMap: { name: 'app' } },
      { name: 'info', projected: { sources: [{ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }, { configMap: { name: 'app', items: [{ key: 'greeting', path: 'deep/er' }] } }] } },
    ],
  }, { app: 'web' })
  const pod = await bench.ready('web')
  console.error(`ready in ${String(Date.now() - start)} ms`, [...await bench.containers('web')].map(([name, c]) => `${name} ${c.id.slice(0, 12)}`))
  expect(pod.status?.phase).toBe('Running')
  expect(pod.status?.containerStatuses?.map((s) => [s.name, s.ready, s.restartCount])).toEqual([['http', true, 0], ['user', true, 0], ['side', true, 0]])
  expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated?.reason).toBe('Completed')
  const answer = await fetch(`http://${pod.status?.podIP ?? ''}:8080/`)
  expect(await answer.text()).toBe(`hello from web at ${pod.status?.podIP ?? ''}\n`)
  expect(await bench.logs('web', 'user')).toContain('uid=1234')
  expect((await bench.exec('web', 'user', ['sh', '-c', 'cat /config/greeting /one.conf; ls /mem; cat /sys/fs/cgroup/memory/memory.limit_in_bytes; exit 3']))).toEqual({ output: 'helloa=1x\n33554432\n', code: 3 })
  expect((await bench.exec('web', 'side', ['cat', '/info/labels', '/info/deep/er'])).output).toBe('app="web"hello')

  // A change of the config map arrives in the running container, all at once; what is gone is gone.
  const map = structuredClone(await bench.client.get(ConfigMaps, 'default', 'app'))
  await bench.client.update(ConfigMaps, { ...map, data: { greeting: 'good bye', new: 'x' } })
  const look = async (): Promise<string> => (await bench.exec('web', 'user', ['sh', '-c', 'cat /config/greeting; ls -A /config'])).output
  await expect.poll(look, { timeout: 60_000 }).toMatch(/^good bye\.\.[0-9a-f]{16}\n\.\.data\ngreeting\nnew\n$/)

  await bench.client.delete(Pods, 'default', 'web')
  const deleting = Date.now()
  await bench.gone('web')
  console.error(`gone in ${String(Date.now() - deleting)} ms`)
  const left = await bench.host.docker.listContainers({ all: true, filters: { label: [`toque.dev/cluster=${bench.clusterId}`] } })
  expect(left).toEqual([])
  await expect.poll(async () => (await bench.host.docker.listVolumes()).Volumes).toEqual([])
  expect(bench.errors).toEqual([])
})

test('a token is there from the start, for the pod\'s user alone, and is replaced while the container runs', async () => {
  const seconds = 5
  await bench.createPod('robot', {
    terminationGracePeriodSeconds: 1, serviceAccountName: 'robot', securityContext: { runAsUser: 1234 },
    containers: [{ name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'cat /api/token && echo || exit 1; exec sleep 10000'], volumeMounts: [{ name: 'api', mountPath: '/api', readOnly: true }] }],
    volumes: [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: seconds, audience: 'vault' } }, { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } }] } }],
  })
  await bench.ready('robot')
  const id = (await bench.containers('robot')).get('app')?.id
  const look = async (): Promise<string> => (await bench.exec('robot', 'app', ['sh', '-c', 'cat /api/token; echo; cat /api/namespace; echo; ls -lnL /api/token | cut -c1-10; ls -A /api | wc -l'])).output
  const numberIn = (words: string): number => Number(/^token (\d+) of robot for vault\ndefault\n-rw-------\n4\n$/.exec(words)?.[1])
  const first = Number(/token (\d+) of robot for vault/.exec(await bench.logs('robot', 'app'))?.[1])
  await expect.poll(async () => numberIn(await look()), { timeout: 60_000 }).toBeGreaterThan(first)
  // By a new engine, too.
  await bench.stopAgent()
  await bench.startAgent()
  const second = numberIn(await look())
  await expect.poll(async () => numberIn(await look()), { timeout: 60_000 }).toBeGreaterThan(second)
  expect([(await bench.containers('robot')).get('app')?.id, (await bench.pod('robot')).status?.containerStatuses?.[0]?.restartCount]).toEqual([id, 0])
  await bench.client.delete(Pods, 'default', 'robot')
  await bench.gone('robot')
  expect(bench.errors).toEqual([])
})

test('GPUs: Docker is asked for exactly the devices that the pod was given, and its refusal says what to install', async () => {
  const devices = ['GPU-8c1a2b3c-0000-0000-0000-000000000001', 'GPU-8c1a2b3c-0000-0000-0000-000000000002', 'GPU-8c1a2b3c-0000-0000-0000-000000000003']
  const annotate = (gpus: string | null): Promise<unknown> => bench.client.patch(Nodes, '', 'node-1', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/gpus': gpus } } })
  await annotate(devices.join(','))
  const wanting = (count: string): object => ({ name: 'train', image: IMAGE, imagePullPolicy: 'Never', command: ['sleep', '10000'], resources: { limits: { 'nvidia.com/gpu': count } } })
  const asked = async (pod: string): Promise<unknown> => {
    const id = (await bench.containers(pod)).get('train')?.id
    return id === undefined ? undefined : ((await bench.host.docker.getContainer(id).inspect()).HostConfig as { DeviceRequests?: unknown }).DeviceRequests
  }
  const request = (ids: string[]): object[] => [{ Driver: '', Count: 0, DeviceIDs: ids, Capabilities: [['gpu']], Options: {} }]
  await bench.createPod('one', { containers: [wanting('1')] } as never)
  await expect.poll(() => asked('one'), { timeout: 60_000 }).toEqual(request(devices.slice(0, 1)))
  await bench.createPod('two', { containers: [wanting('2')] } as never)
  await expect.poll(() => asked('two'), { timeout: 60_000 }).toEqual(request(devices.slice(1)))
  const waiting = async (pod: string): Promise<string | undefined> => (await bench.client.get(Pods, 'default', pod)).status?.containerStatuses?.[0]?.state?.waiting?.message
  // Whether somebody has one is known to a new agent, too.
  await bench.stopAgent()
  await bench.startAgent()
  await bench.createPod('three', { containers: [wanting('1')] } as never)
  await expect.poll(() => waiting('three'), { timeout: 60_000 }).toMatch(/it needs 1 of this server's GPUs, and 0 of 3 are free/)
  await expect.poll(() => waiting('one'), { timeout: 60_000 }).toMatch(/cannot hand out its GPU: install nvidia-container-toolkit there.*could not select device driver/)
  for (const pod of ['one', 'two', 'three']) await bench.client.delete(Pods, 'default', pod)
  for (const pod of ['one', 'two', 'three']) await bench.gone(pod)
  await annotate(null)
})
