import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event, Node, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Team } from '../harness/team.ts'
import { makeImage, makeLayer } from '../images/image.ts'
import { pushImage } from '../images/push.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A disk that fills by what a cluster leaves behind: logs are bounded, pods' volumes go with their pods, images go when nothing needs them.
const MIB = 1024 ** 2
const DISK_MIB = 520
/** Of one version of the app; together they are more than the disk. */
const VERSION_MIB = 90
const VERSIONS = 6
let team: Team
let host: LabHost

beforeAll(async () => {
  team = await Team.up(1, { dockerDiskMiB: DISK_MIB, prepare: async (lab) => {
    for (let version = 1; version <= VERSIONS; version++) await pushImage(lab.registry ?? '', await appOf(version))
  } })
  host = team.lab.host(1)
})
afterAll(() => team?.down())

/** Zeros: small on its way, and as large as it says on the disk. */
async function appOf(version: number): Promise<ReturnType<typeof makeImage>> {
  const layer = await makeLayer([{ path: '/ballast', content: Buffer.alloc(VERSION_MIB * MIB + version) }, { path: '/bin/app', content: '#!/bin/sh\n', mode: 0o755 }])
  return makeImage([`app:${String(version)}`], [layer], {})
}

/** What stands in for a program is in a volume from the image of a shell: the app's image has none. */
const app = (version: number): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app' },
  spec: {
    replicas: 1, strategy: { type: 'Recreate' }, selector: { matchLabels: { app: 'app' } },
    template: {
      metadata: { labels: { app: 'app' } },
      spec: {
        terminationGracePeriodSeconds: 1, volumes: [{ name: 'bin', emptyDir: {} }],
        initContainers: [{ name: 'shell', image: 'busybox', command: ['cp', '/bin/busybox', '/to/busybox'], volumeMounts: [{ name: 'bin', mountPath: '/to' }] }],
        containers: [{ name: 'app', image: `app:${String(version)}`, command: ['/from/busybox', 'sleep', '100000'], volumeMounts: [{ name: 'bin', mountPath: '/from' }] }],
      },
    },
  },
})

const pod = (name: string, script: string, more: object = {}): object => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name },
  spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: '/data' }] }], volumes: [{ name: 'data', emptyDir: {} }], ...more },
})

async function usedMiB(path = '/var/lib/docker'): Promise<number> {
  const { stdout } = await host.exec(['df', '-mP', path])
  return Number(stdout.split('\n')[1]?.split(/\s+/)[2])
}
const images = async (): Promise<string[]> => (await host.exec(['docker', 'images', '--format', '{{.Repository}}:{{.Tag}}'])).stdout.trim().split('\n')
const ended = (name: string): Promise<unknown> => eventually(`${name} to end`, async () => (await team.get<Pod>('pod', name)).status?.phase === 'Succeeded', 90_000)

test('a container that writes without end keeps 30 MB of its log at most', async () => {
  await team.apply(pod('talker', 'yes 0123456789012345678901234567890123456789012345678901234567890123456789 | head -c 120000000'))
  await ended('talker')
  const { stdout } = await host.exec('du -cm /var/lib/docker/containers/*/local-logs | tail -1')
  console.log(`logs on the server after 120 MB were written: ${stdout.trim()}`)
  expect(Number.parseInt(stdout, 10)).toBeLessThanOrEqual(32)
  expect(await team.kubectl(['logs', 'talker', '--tail=1'])).toMatch(/^0123/)
})

test('what a pod wrote into its volume and its own files goes with it', async () => {
  const before = await usedMiB()
  await team.apply(pod('writer', 'head -c 100000000 /dev/zero >/data/a && head -c 100000000 /dev/zero >/b && sync'))
  await ended('writer')
  expect(await usedMiB()).toBeGreaterThan(before + 180)
  await team.kubectl(['delete', 'pod', 'writer'])
  await eventually('the room to be back', async () => (await usedMiB()) < before + 10, 90_000)
})

test('more versions than the disk holds, one after another: old images go, a person\'s own stay, and the disk is never short', async () => {
  // What a person has there: pulled by hand, and one that a container of theirs uses, stopped.
  await host.exec(['docker', 'pull', '-q', 'nginx:1.22'])
  await host.exec(['docker', 'pull', '-q', 'app:1'])
  await host.exec(['docker', 'tag', 'app:1', 'mine/app:kept'])
  for (let version = 1; version <= VERSIONS; version++) {
    await team.apply(app(version))
    await team.rolloutDone('app')
  }
  expect(VERSIONS * VERSION_MIB).toBeGreaterThan(DISK_MIB)
  const events = (await team.get<{ items: Event[] }>('events', '-A')).items
  const removed = events.filter((e) => e.reason === 'ImagesRemoved').map((e) => e.message ?? '')
  console.log(`${String(await usedMiB())} of ${String(DISK_MIB)} MiB used; ${removed.join('\n')}`)
  expect(removed.length).toBeGreaterThan(0)
  expect(removed.join()).toMatch(/app:2/)
  const left = await images()
  expect(left).toEqual(expect.arrayContaining(['nginx:1.22', 'mine/app:kept', 'app:1', `app:${String(VERSIONS)}`]))
  expect(left.filter((name) => name.startsWith('app:')).length).toBeLessThan(VERSIONS - 1)
  expect(events.filter((e) => e.reason === 'NodeHasDiskPressure')).toEqual([])
  const node = await team.get<Node>('node', host.name)
  expect(node.status?.conditions?.find((c) => c.type === 'DiskPressure')?.status).toBe('False')
})
