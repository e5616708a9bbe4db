import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node, Pod, PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { repository } from '../lab/places.ts'
import { kubectl120, kubectl132 } from '../lab/tools.ts'

// A server is taken out of work and put back, as people do it before they update it.
const SAMPLE = join(repository, 'resources/samples/my-website.yaml')
const APP = 'my-website-deployment'
let site: Site
beforeAll(async () => {
  site = await siteUp()
})
afterAll(() => site?.down())

describe.each([{ version: '1.20', path: kubectl120 }, { version: '1.32', path: kubectl132 }])('kubectl $version', ({ version, path }) => {
  const namespace = `out-of-work-${version.replace('.', '')}`
  let kubectl: Kubectl
  let node: string
  const pods = async (): Promise<Pod[]> => (await kubectl.get<PodList>('pods', '-l', 'app=my-website')).items
  const settled = (): Promise<string> => kubectl.ok('rollout', 'status', `deployment/${APP}`, '--timeout=110s')
  beforeAll(async () => {
    kubectl = new Kubectl(site, path(), namespace)
    await kubectl.ok('create', 'namespace', namespace)
    await kubectl.ok('apply', '-f', SAMPLE)
    await settled()
    node = (await kubectl.get<{ items: Node[] }>('nodes')).items[0]?.metadata.name ?? ''
  })
  afterAll(() => kubectl.ok('delete', 'namespace', namespace))

  test('a cordoned node takes no new pod, which says why', async () => {
    expect(await kubectl.ok('cordon', node)).toBe(`node/${node} cordoned\n`)
    expect(await kubectl.ok('cordon', node)).toBe(`node/${node} already cordoned\n`)
    expect(await kubectl.ok('get', 'node', node)).toMatch(/Ready,SchedulingDisabled/)
    await kubectl.ok('run', 'late', '--image=nginx')
    await eventually('the reason', async () => {
      const { status } = await kubectl.get<Pod>('pod', 'late')
      const scheduled = status?.conditions?.find((c) => c.type === 'PodScheduled')
      return scheduled?.status === 'False' && /node\(s\) were unschedulable/.test(scheduled.message ?? '') && status?.phase === 'Pending'
    })
    expect((await pods()).map((p) => p.status?.phase)).toEqual(['Running', 'Running', 'Running'])
  })

  test('a drain ends the pods that someone makes again, and refuses those that nobody would', async () => {
    const drain = ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data']
    await kubectl.ok('uncordon', node)
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/late', '--timeout=60s')
    expect(await kubectl.refused(drain)).toMatch(/declare no controller|not managed by ReplicationController/)
    await kubectl.ok('delete', 'pod', 'late')
    const before = (await pods()).map((p) => p.metadata.uid)
    const containers = (await site.containers.of(APP, { role: 'app' })).filter((c) => before.includes(c.podUid))
    expect(containers).toHaveLength(3)
    const tried = await kubectl.ok(...drain, '--dry-run=server')
    expect(tried).toMatch(/drained \(server dry run\)/)
    expect((await pods()).map((p) => p.metadata.uid).sort()).toEqual(before.sort())

    const drained = await kubectl.ok(...drain)
    expect(drained.match(/evict/g)?.length).toBeGreaterThanOrEqual(3)
    expect(drained).toMatch(new RegExp(`node/${node} (drained|evicted)`))
    // The last of those in their place is made after the last of them is gone.
    const after = await eventually('three that wait', async () => {
      const now = await pods()
      return now.length === 3 && now.every((p) => p.status?.phase === 'Pending') && now
    })
    expect(after.some((p) => before.includes(p.metadata.uid))).toBe(false)
    await eventually('no container of theirs', async () => (await site.containers.of(APP, { all: true })).every((c) => !before.includes(c.podUid)))
    console.log(`kubectl ${version}: ${containers.map((c) => c.id.slice(0, 12)).join(' ')} are gone`)
  })

  test('an uncordoned node lets them back', async () => {
    expect(await kubectl.ok('uncordon', node)).toBe(`node/${node} uncordoned\n`)
    await settled()
    expect((await pods()).map((p) => p.spec.nodeName)).toEqual([node, node, node])
  })
})
