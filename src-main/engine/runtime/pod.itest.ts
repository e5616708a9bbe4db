import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigMaps, Pods } from '../../common/kube/kinds.ts'
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
  await expect.poll(look, { timeout: 10_000 }).toMatch(/^good bye\.\.[0-9a-f]{16}\n\.\.data\ngreeting\nnew\n$/)

  await bench.client.delete(Pods, 'default', 'web')
  const deleting = Date.now()
  await bench.gone('web')
  console.error(`gone in ${String(Date.now() - deleting)} ms`)
  const left = await bench.host.docker.listContainers({ all: true, filters: { label: [`toque.dev/cluster=${bench.clusterId}`] } })
  expect(left).toEqual([])
  await expect.poll(async () => (await bench.host.docker.listVolumes()).Volumes).toEqual([])
  expect(bench.errors).toEqual([])
})
