import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCondition } from '../../src-main/common/kube/conditions.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import type { LogSink } from '../../src-main/common/kube/log-sink.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { Prometheus } from '../harness/prometheus.ts'
import { Receivers, type ReceivedLine } from '../harness/receivers.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { run } from '../lab/run.ts'
import { kubectl132, promtool } from '../lab/tools.ts'

// What others make for Kubernetes works with Toque: a real Prometheus here; what receives logs and notifications further down.

let site: Site
let kubectl: Kubectl
beforeAll(async () => {
  site = await siteUp()
  kubectl = new Kubectl(site, kubectl132())
})
afterAll(() => site?.down())

const apply = (...items: object[]): Promise<string> => kubectl.done(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })

test('a real Prometheus scrapes the cluster, and the pods that expose metrics', async () => {
  const page = { name: 'page', configMap: { name: 'page' } }
  const container = { name: 'web', image: 'nginx', ports: [{ containerPort: 80 }], volumeMounts: [{ name: 'page', mountPath: '/usr/share/nginx/html/metrics', subPath: 'metrics' }] }
  const [labels, annotations] = [{ app: 'web' }, { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '80' }]
  await apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'page' }, data: { metrics: '# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 7\n' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { password: 'correct-horse-battery' } },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels, annotations }, spec: { containers: [container], volumes: [page] } } } },
  )
  await site.toque.rolloutDone('web')
  const watch = kubectl.follow('get', 'pods', '--watch')
  const prometheus = await Prometheus.start(site)
  try {
    const value = async (promql: string): Promise<number | undefined> => (await prometheus.query(promql))[0]?.value
    const until = (what: string, promql: string, is: (value: number) => boolean): Promise<unknown> => eventually(`${what} (${promql})`, async () => {
      const found = await value(promql)
      return found !== undefined && is(found)
    }).catch((error: unknown) => Promise.reject(new Error(`${String(error)}\n${prometheus.log.slice(-2000)}`)))
    await until('both pods scraped', 'sum(orders_total{job="pods"})', (n) => n === 14)
    await until('what kube-state-metrics says', 'kube_deployment_status_replicas_available{namespace="default",deployment="web"}', (n) => n === 2)
    await until('no pod but running ones', 'sum(kube_pod_status_phase{namespace="default",phase="Running"})', (n) => n === 2)
    await until('the CPU that a pod used', 'sum(container_cpu_usage_seconds_total{container="web",pod=~"web-.*"})', (n) => n > 0)
    await until('the memory that it uses', 'min(pod_memory_working_set_bytes{pod=~"web-.*"})', (n) => n > 100_000)
    await until('requests counted', 'sum(apiserver_request_total{verb="get",code="200"})', (n) => n > 0)
    await until('watches counted', 'sum(apiserver_longrunning_requests{verb="watch",resource="pods"})', (n) => n >= 1)
    await until('reconciles', 'sum(controller_runtime_reconcile_total{controller="deployment-controller",result="success"})', (n) => n > 0)
    await until('bindings', 'scheduler_schedule_attempts_total{result="scheduled"}', (n) => n >= 2)
    await until('time of commits', 'toque_store_commit_duration_seconds_count', (n) => n > 5)
  } finally {
    await prometheus.stop()
    await watch.stop()
  }
  const text = await kubectl.ok('get', '--raw', '/metrics')
  expect(text).not.toContain('correct-horse-battery')
  const lint = await run('sh', ['-c', `"${promtool()}" check metrics <"$0"`, await kept(text)], { anyCode: true })
  // 3: it read all of it, and has opinions on names, which are Kubernetes' own.
  expect([0, 3], lint.stderr).toContain(lint.code)
  expect(lint.stderr).not.toMatch(/error while linting|invalid|duplicate|second|parse/i)
})

test('every line that pods write reaches Fluentd, Loki and a file, across an engine that is killed', async () => {
  const [token, lines] = ['the-right-token', 300]
  const receivers = await Receivers.start(site.host, token, 'signing')
  try {
    const secret = (value: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'logs' }, stringData: { token: value } })
    const ref = { namespace: 'default', name: 'logs', key: 'token' }
    const sink = (name: string, spec: object): object => ({ apiVersion: 'toque.dev/v1', kind: 'LogSink', metadata: { name }, spec: { namespaces: ['default'], selector: { matchLabels: { talks: 'yes' } }, ...spec } })
    const talker = (name: string, script: string): object => ({
      apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { talks: 'yes' } }, spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', script] }] },
    })
    await apply(
      secret('wrong'), sink('to-loki', { type: 'loki', loki: { url: `http://127.0.0.1:${String(receivers.ports.loki)}`, tokenSecret: ref } }),
      sink('to-fluentd', { type: 'fluentd', fluentd: { host: '127.0.0.1', port: receivers.ports.fluentd, sharedKeySecret: ref } }), sink('to-file', { type: 'file', file: { directory: join(site.toque.data, 'pod-logs') } }),
      talker('steady', `i=0; while [ $i -lt ${String(lines)} ]; do echo line-$i; i=$((i+1)); sleep 0.05; done`),
      // Says all it has to say while no engine lives.
      talker('meanwhile', `until [ -e /tmp/go ]; do sleep 0.1; done; i=0; while [ $i -lt 50 ]; do echo line-$i; i=$((i+1)); done`),
      talker('other', 'echo nobody asked for this'),
    )
    await kubectl.ok('label', 'pod', 'other', 'talks-')
    const reason = async (name: string): Promise<string> => findCondition((await kubectl.get<LogSink>('logsink', name)).status?.conditions, 'Delivering')?.reason ?? ''
    for (const name of ['to-loki', 'to-fluentd']) await eventually(`${name} says that the credentials are wrong`, async () => (await reason(name)) === 'WrongCredentials')
    await apply(secret(token))
    const enough = async (): Promise<boolean> => (await receivers.lines('fluentd', 'steady')).length > 50 && (await receivers.lines('loki', 'steady')).length > 50
    await eventually('lines arrive', enough)
    await eventually('the second pod runs', async () => (await kubectl.get<Pod>('pod', 'meanwhile')).status?.phase === 'Running')
    const [waiting] = await site.containers.of('meanwhile', { role: 'app' })
    await site.toque.kill()
    const go = await site.containers.docker.getContainer(waiting?.id ?? '').exec({ Cmd: ['touch', '/tmp/go'] })
    await go.start({})
    await eventually('the second pod has ended', async () => (await site.containers.of('meanwhile', { role: 'app' })).length === 0)
    await site.toque.restart()
    const all = (count: number): string[] => Array.from({ length: count }, (_, i) => `line-${String(i)}`)
    const file = async (pod: string): Promise<string[]> => {
      const text = await readFile(join(site.toque.data, 'pod-logs/to-file.log'), 'utf8').catch(() => '')
      return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as ReceivedLine).filter((line) => line.pod === pod).map(({ log }) => log)
    }
    for (const [pod, count] of [['steady', lines], ['meanwhile', 50]] as const) {
      for (const [where, read] of [['fluentd', () => receivers.lines('fluentd', pod)], ['loki', () => receivers.lines('loki', pod)], ['file', () => file(pod)]] as const) {
        await eventually(`all lines of ${pod} in ${where}`, async () => new Set(await read()).size === count)
        const got = await read()
        expect([...new Set(got)], `${pod} in ${where}`).toEqual(all(count))
        // One batch was under way, if any: some 200 ms of lines.
        expect(got.length - count, `repeated lines of ${pod} in ${where}`).toBeLessThan(50)
      }
    }
    expect(await receivers.lines('fluentd', 'other')).toEqual([])
    expect(await kubectl.ok('get', 'logsinks')).toMatch(/to-loki +loki +http:\/\/127.0.0.1:\d+ +True +\d+ +0 /)
    await kubectl.ok('delete', 'logsink', '--all')
    await eventually('no position is kept of sinks that are gone', async () => (await kubectl.get<{ items: unknown[] }>('logpositions')).items.length === 0)
  } finally {
    await receivers.stop()
  }
})

test('a crash loop is told to a receiver once, signed; a workload is rolled out when what it uses changes', async () => {
  const receivers = await Receivers.start(site.host, 'token', 'signing')
  try {
    const config = (colour: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'config' }, data: { COLOUR: colour } })
    const app = (name: string, annotations: object): object => {
      const container = { name: 'c', image: 'busybox', command: ['sleep', '10000'], envFrom: [{ configMapRef: { name: 'config' } }], volumeMounts: [{ name: 'files', mountPath: '/files' }] }
      const template = { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 0, containers: [container], volumes: [{ name: 'files', configMap: { name: 'config' } }] } }
      return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, annotations }, spec: { selector: { matchLabels: { app: name } }, template } }
    }
    await apply(
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hook' }, stringData: { url: `http://127.0.0.1:${String(receivers.ports.hook)}/`, key: 'signing' } },
      { apiVersion: 'toque.dev/v1', kind: 'Notification', metadata: { name: 'crashes' }, spec: { urlSecret: { namespace: 'default', name: 'hook', key: 'url' }, signatureSecret: { namespace: 'default', name: 'hook', key: 'key' }, reasons: ['BackOff'] } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'crashes' }, spec: { containers: [{ name: 'c', image: 'busybox', command: ['false'] }] } },
      config('blue'), app('asks', { 'toque.dev/restart-on-config-change': 'true' }), app('does-not', {}),
    )
    for (const name of ['asks', 'does-not']) await site.toque.rolloutDone(name)
    const pods = async (name: string): Promise<string> => (await kubectl.ok('get', 'pods', '-l', `app=${name}`, '-o', 'name')).trim()
    const before = await pods('does-not')
    await eventually('what its pods use is known', async () => (await kubectl.ok('get', 'deployment', 'asks', '-o', 'jsonpath={.metadata.annotations}')).includes('toque.dev/config-hash'))
    await apply(config('green'))
    await eventually('a second revision', async () => (await kubectl.ok('get', 'deployment', 'asks', '-o', 'jsonpath={.metadata.annotations}')).includes('"deployment.kubernetes.io/revision":"2"'))
    await site.toque.rolloutDone('asks')
    expect(await kubectl.ok('exec', 'deployment/asks', '--', 'sh', '-c', 'echo $COLOUR')).toBe('green\n')
    await eventually('the mounted file is live in pods that stay', async () => (await kubectl.ok('exec', 'deployment/does-not', '--', 'cat', '/files/COLOUR')) === 'green')
    expect([await pods('does-not'), await kubectl.ok('exec', 'deployment/does-not', '--', 'sh', '-c', 'echo $COLOUR')]).toEqual([before, 'blue\n'])
    await eventually('the crash loop is told', async () => (await receivers.news()).length > 0)
    const told = await receivers.news()
    expect(told).toEqual([expect.objectContaining({ good: true, reason: 'BackOff', object: expect.objectContaining({ kind: 'Pod', name: 'crashes' }) as object })])
    expect(await kubectl.ok('get', 'notifications')).toMatch(/crashes +json +<secret> +True +1 +0 /)
  } finally {
    await receivers.stop()
  }
})

async function kept(text: string): Promise<string> {
  const path = join(site.toque.data, 'page.prom')
  await writeFile(path, text)
  return path
}
