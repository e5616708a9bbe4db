import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { STACK } from '../harness/stack-trace.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { Toque } from '../harness/toque.ts'
import { kubectl132 } from '../lab/tools.ts'

// The only server has no room: there is nowhere else to go. (Several servers: full-disk.long.itest.ts. What else goes wrong: bad-input.itest.ts.)
let site: Site
beforeAll(async () => { site = await siteUp({ kubectl: kubectl132() }) })
afterAll(() => site?.down())

const pod = (name: string, container: object): string => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'main', image: 'busybox', command: ['sleep', '1000'], ...container }] } })
const isReady = async (toque: Toque): Promise<boolean> => (await toque.get<{ items: Node[] }>('nodes')).items[0]?.status?.conditions?.find((c) => c.type === 'Ready')?.status === 'True'

test('the disk of the node is full: the pod says so, and runs when there is room', async () => {
  await site.host.stopDocker()
  await site.host.exec('mount -t tmpfs -o size=120m tmpfs /var/lib/docker')
  console.log(`mounted 120 MiB at /var/lib/docker of ${site.host.name}`)
  await site.host.startDocker()
  const roomy = await Toque.start({ host: site.host, kubectl: kubectl132() })
  try {
    await eventually('the node to be ready', () => isReady(roomy))
    // What the node itself needs is there; the rest of the disk is filled.
    await roomy.apply(pod('fits', {}))
    await roomy.kubectl(['wait', '--for=condition=Ready', 'pod/fits', '--timeout=110s'])
    await site.host.exec('cat /dev/zero > /var/lib/docker/filler', { anyCode: true })
    await roomy.apply(pod('cramped', { image: 'nginx:1.22', command: undefined }))
    // Docker's refusal, or the scheduler's when the node has noticed first: it looks every 10 s.
    console.log(await eventually('the pod to say so', async () => /(disk is full|disk-pressure)[^\n]*/.exec(await roomy.kubectl(['describe', 'pod', 'cramped']))?.[0]))
    console.log(await eventually('the node to say so', async () => /The disk of server \S+ is \d+ % full: [^"]*/.exec(JSON.stringify(await roomy.get('node', site.host.name)))?.[0]))
    await site.host.exec('rm /var/lib/docker/filler; mount -o remount,size=500m /var/lib/docker')
    await roomy.kubectl(['wait', '--for=condition=Ready', 'pod/cramped', '--timeout=110s'])
    expect(roomy.log).not.toMatch(STACK)
  } finally {
    await roomy.stop()
  }
})
