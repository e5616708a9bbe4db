import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HorizontalPodAutoscaler } from '../../src-main/common/kube/generated/autoscaling-v2.ts'
import type { PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { autoscaledApp, burningLoad, followAutoscaler } from '../harness/autoscaled.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { kubectl120, kubectl132 } from '../lab/tools.ts'

// Real load on real containers; what it uses is read where `kubectl top` reads it.
const NAME = 'burner'
const PORT = 30080
let site: Site
beforeAll(async () => { site = await siteUp() })
afterAll(() => site?.down())

test('under load an app goes from 3 pods up and, when it is over, back to 3; kubectl old and new tell what is used', async () => {
  const [old, current] = [new Kubectl(site, kubectl120()), new Kubectl(site, kubectl132())]
  await current.done(['apply', '-f', '-'], { input: autoscaledApp({ name: NAME, nodePort: PORT, requestMilli: 30, windowS: 4, syncS: 2 }) })
  await site.toque.rolloutDone(NAME)
  const load = burningLoad(site.host.address, PORT, 200)
  const follow = (limitMs: number): Omit<Parameters<typeof followAutoscaler>[2], never> => ({ everyMs: 1000, limitMs, since: performance.now(), say: (line) => console.log(line) })
  const look = (): Promise<HorizontalPodAutoscaler> => current.get<HorizontalPodAutoscaler>('hpa', NAME)
  let top: string[]
  try {
    await followAutoscaler(look, (l) => l.current >= 6, follow(120_000))
    top = await Promise.all([old, current].flatMap((kubectl) => [kubectl.ok('top', 'nodes'), kubectl.ok('top', 'pods', '--containers', '-l', `app=${NAME}`)]))
  } finally {
    await load.stop()
  }
  for (const text of [top[0], top[2]]) expect(text).toMatch(/^NAME +CPU\(cores\) +CPU(%|\(%\)) +MEMORY\(bytes\) +MEMORY(%|\(%\)) *\n\S+ +\d+m +\d+% +\d+Mi +\d+% *\n$/)
  for (const text of [top[1], top[3]]) expect(text).toMatch(/^POD +NAME +CPU\(cores\) +MEMORY\(bytes\) *\n(burner-\S+ +web +\d+m +\d+Mi *\n){3,10}$/)
  expect(await old.ok('get', 'hpa', NAME)).toMatch(/NAME +REFERENCE +TARGETS +MINPODS +MAXPODS +REPLICAS +AGE\nburner +Deployment\/burner +cpu: \d+%\/70% +3 +10 +\d+ +\d+s/)
  expect(await current.ok('describe', 'hpa', NAME)).toMatch(/ScalingActive +True +ValidMetricFound[^]*SuccessfulRescale/)
  await followAutoscaler(look, (l) => l.current === 3 && l.desired === 3, follow(120_000))
  await eventually('three pods', async () => (await current.get<PodList>('pods', '-l', `app=${NAME}`)).items.length === 3)
  await current.ok('delete', 'hpa', NAME)
  expect(await old.ok('autoscale', 'deployment', NAME, '--min=2', '--max=4', '--cpu-percent=50')).toContain(`horizontalpodautoscaler.autoscaling/${NAME} autoscaled`)
  expect((await current.get<{ apiVersion: string; spec: { targetCPUUtilizationPercentage: number } }>('horizontalpodautoscalers.v1.autoscaling', NAME)).spec.targetCPUUtilizationPercentage).toBe(50)
  await current.ok('delete', 'hpa', NAME)
  expect(await current.ok('autoscale', 'deployment', NAME, '--min=2', '--max=4', '--cpu-percent=60')).toContain('autoscaled')
  expect(await current.ok('get', 'hpa')).toMatch(/\/60% +2 +4/)
})

test('a metric that the pods expose themselves is read from them', async () => {
  const kubectl = new Kubectl(site, kubectl132())
  const labels = { app: 'queue' }
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '80' }
  const page = { name: 'page', configMap: { name: 'queue' } }
  const container = { name: 'web', image: 'nginx', volumeMounts: [{ name: 'page', mountPath: '/usr/share/nginx/html/metrics', subPath: 'metrics' }] }
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'queue' }, data: { metrics: '# TYPE queue_length gauge\nqueue_length{queue="mail"} 20\nqueue_length{queue="other"} 500\n' } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'queue' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec: { containers: [container], volumes: [page] } } } },
    {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'queue', annotations: { 'toque.dev/sync-period-seconds': '2' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'queue' }, maxReplicas: 2,
        metrics: [{ type: 'Pods', pods: { metric: { name: 'queue_length', selector: { matchLabels: { queue: 'mail' } } }, target: { type: 'AverageValue', averageValue: '10' } } }],
      },
    },
  ]
  await kubectl.done(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  await eventually('two pods, as the queue wants', async () => (await kubectl.get<HorizontalPodAutoscaler>('hpa', 'queue')).status?.currentReplicas === 2)
  expect(await kubectl.ok('get', 'hpa', 'queue')).toMatch(/Deployment\/queue +20\/10 +1 +2 +2/)
})
