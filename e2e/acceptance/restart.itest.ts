import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { testappDeployment, website } from '../harness/manifests.ts'
import { siteUp, type Site } from '../harness/site.ts'

// The engine may be away; containers do not notice.
const PORT = 30081
let site: Site
beforeAll(async () => {
  site = await siteUp()
})
afterAll(() => site?.down())

test('closed: containers serve, Docker restarts a crashed one; opened: the view is right and nothing is restarted', async () => {
  await site.toque.apply(website({ name: 'site', image: 'nginx:1.22', nodePort: PORT }))
  await site.toque.rolloutDone('site')
  await site.toque.apply(testappDeployment({ name: 'app', image: 'toque/testapp:v1', replicas: 2 }))
  await site.toque.rolloutDone('app')
  await site.toque.kill()
  const before = await site.containers.of('app', { role: 'app' })
  const [victim] = before
  if (victim === undefined) throw new Error('no container to crash')
  await site.containers.killProcess(victim.pid)
  await eventually(`Docker to restart ${victim.id.slice(0, 12)} by itself`, async () => {
    const now = (await site.containers.of('app', { role: 'app' })).find((c) => c.id === victim.id)
    return now !== undefined && now.running && now.startedAt > victim.startedAt
  })
  const closed = await site.containers.of('app')
  const watch = await site.containers.watch()
  await site.toque.restart()
  await eventually('both Ready in the view', async () => {
    const deployment = await site.toque.get<Deployment>('deployment', 'app')
    return deployment.status?.readyReplicas === 2
  })
  const opened = await site.containers.of('app')
  expect(opened.map((c) => [c.id, c.startedAt]).sort()).toEqual(closed.map((c) => [c.id, c.startedAt]).sort())
  expect(watch.events.filter((e) => e.action === 'start' && e.labels['toque.dev/pod-name'] !== undefined)).toEqual([])
  watch.stop()
})

test('a server that lost power brings its pods and Services back without an engine', async () => {
  const before = await site.containers.of('site', { role: 'app' })
  await site.toque.kill()
  await site.host.kill()
  await site.host.start()
  const answer = await eventually('the website to answer through its Service with no engine', async () => {
    const load = startLoad({ host: site.host.address, port: PORT, concurrency: 1, keepAlive: false, timeoutMs: 1000 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    const report = await load.stop()
    return report.failures.length === 0 && report
  })
  console.log(`after the power cut ${String(answer.requests)} requests answered by ${before.map((c) => c.id.slice(0, 12)).join(' ')}`)
  await eventually('all three websites', async () => (await site.containers.of('site', { role: 'app' })).length === 3)
  const back = await site.containers.of('site')
  await site.toque.restart()
  await site.toque.rolloutDone('site')
  expect((await site.containers.of('site')).map((c) => c.startedAt).sort()).toEqual(back.map((c) => c.startedAt).sort())
})
