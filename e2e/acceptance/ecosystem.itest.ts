import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { Prometheus } from '../harness/prometheus.ts'
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
    }, 60_000).catch((error: unknown) => Promise.reject(new Error(`${String(error)}\n${prometheus.log.slice(-2000)}`)))
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

async function kept(text: string): Promise<string> {
  const path = join(site.toque.data, 'page.prom')
  await writeFile(path, text)
  return path
}
