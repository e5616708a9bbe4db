import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad, type LoadReport } from '../harness/load.ts'
import { website } from '../harness/manifests.ts'
import { siteUp, type Site } from '../harness/site.ts'

// An image change and its rollback lose no request, seen by a client outside of the server.
const PORT = 30080
const REQUESTS = 5000
let site: Site
beforeAll(async () => {
  site = await siteUp()
  await site.toque.apply(website({ name: 'site', image: 'nginx:1.22', nodePort: PORT }))
  await site.toque.rolloutDone('site')
})
afterAll(() => site?.down())

async function during(keepAlive: boolean, change: () => Promise<unknown>): Promise<LoadReport> {
  const before = await site.containers.of('site', { role: 'app' })
  const load = startLoad({ host: site.host.address, port: PORT, concurrency: 4, keepAlive })
  await eventually('the load to flow', () => Promise.resolve(load.answered > 500))
  await change()
  await site.toque.rolloutDone('site')
  await eventually(`${String(REQUESTS)} requests`, () => Promise.resolve(load.answered > REQUESTS), 150_000)
  const report = await load.stop()
  const after = await site.containers.of('site', { role: 'app' })
  console.log(`${keepAlive ? 'kept connections' : 'a connection each'}: ${String(report.requests)} requests, ${String(report.failures.length)} failed, ` +
    `${String(report.retries)} sent again on a closed kept connection, longest gap ${report.longestGapMs.toFixed(0)} ms; ` +
    `containers ${short(before)} became ${short(after)}`)
  expect(after.map((c) => c.id)).not.toEqual(before.map((c) => c.id))
  return report
}
const short = (list: { id: string }[]): string => list.map((c) => c.id.slice(0, 12)).join(' ')

describe.each([{ keepAlive: false }, { keepAlive: true }])('with keep-alive $keepAlive', ({ keepAlive }) => {
  test('an image change loses no request', async () => {
    const report = await during(keepAlive, () => site.toque.kubectl(['set', 'image', 'deployment/site', 'web=nginx:other']))
    expect(report.failures).toEqual([])
    expect(report.requests).toBeGreaterThanOrEqual(REQUESTS)
    expect([...report.bodies.keys()].some((body) => body.includes('<html>'))).toBe(true)
  })

  test('nor does its rollback', async () => {
    const report = await during(keepAlive, () => site.toque.kubectl(['rollout', 'undo', 'deployment/site']))
    expect(report.failures).toEqual([])
    expect(report.requests).toBeGreaterThanOrEqual(REQUESTS)
  })
})

test('a broken image stops the rollout, keeps the old pods serving and says why', async () => {
  const load = startLoad({ host: site.host.address, port: PORT, concurrency: 2, keepAlive: false, pauseMs: 5 })
  await site.toque.kubectl(['patch', 'deployment', 'site', '-p', '{"spec":{"progressDeadlineSeconds":5}}'])
  await site.toque.kubectl(['set', 'image', 'deployment/site', 'web=nginx:no-such-tag'])
  const pod = await eventually('a pod that says why', async () => {
    const { items } = await site.toque.get<PodList>('pods', '-l', 'app=site')
    return items.find((p) => /ErrImagePull|ImagePullBackOff/.test(p.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? ''))
  })
  console.log(`${pod.metadata.name}: ${pod.status?.containerStatuses?.[0]?.state?.waiting?.message ?? ''}`)
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/nginx:no-such-tag/)
  const stuck = await eventually('the deadline', async () => {
    const deployment = await site.toque.get<Deployment>('deployment', 'site')
    return deployment.status?.conditions?.find((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded')
  })
  expect(stuck.status).toBe('False')
  const deployment = await site.toque.get<Deployment>('deployment', 'site')
  expect(deployment.status?.readyReplicas).toBe(3)
  const report = await load.stop()
  expect(report.failures).toEqual([])
  await site.toque.kubectl(['rollout', 'undo', 'deployment/site'])
  await site.toque.rolloutDone('site')
})
