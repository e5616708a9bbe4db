import { beforeEach, describe, expect, test } from 'vitest'
import { extract } from 'tar-stream'
import { StatusError } from '../../../common/errors.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ConfigMap, Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import type { ContainerStreams } from '../container-runtime.ts'
import { simulatedRuntime } from '../simulated/simulated-runtime.ts'
import { FileWriter } from './file-writer.ts'
import type { WantedToken } from './pod-tokens.ts'
import type { Sources } from './sources.ts'

const HOUR = 3_600_000
const PLACE = { podIP: '10.0.0.2', hostIP: '10.0.0.1', nodeName: 'n', allocatable: { cpuMilli: 1000, memoryBytes: 1024 } }
let clock: FakeClock
let ca: string
/** Why no token is given, while none is. */
let refusal: string | undefined
let asked: WantedToken[]
/** The archives that were unpacked, as path to text. */
let unpacked: Map<string, { text: string; mode: number; uid: number; changedAt: number }>[]
let ran: string[][]
/** Where `..data` points to, as a node would say it. */
let link: string | undefined

beforeEach(() => {
  clock = new FakeClock()
  ca = 'CERT'
  refusal = link = undefined
  asked = []
  unpacked = []
  ran = []
})

const configMap = (): ConfigMap => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', uid: '', resourceVersion: '', creationTimestamp: '' }, data: { 'ca.crt': ca } })
const sources: Sources = { configMap: () => configMap(), secret: () => undefined, services: () => [], runtimeClass: () => undefined }
const streams = (): ContainerStreams => {
  const simulated = simulatedRuntime({ clusterId: 'c', clock, hostname: 'h', cpus: 1, memoryBytes: 1 }).streams
  return {
    ...simulated,
    async unpack(_, tar) {
      const files = new Map<string, { text: string; mode: number; uid: number; changedAt: number }>()
      const archive = extract()
      archive.end(tar)
      for await (const entry of archive) {
        const chunks: Buffer[] = []
        for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk)
        const { name, mode = 0, uid = 0, linkname, mtime } = entry.header
        files.set(name, { text: linkname ?? Buffer.concat(chunks).toString(), mode, uid, changedAt: mtime?.getTime() ?? 0 })
        if (/\/\.\.data(_next)?$/.test(name)) link = linkname ?? undefined
      }
      unpacked.push(files)
    },
    readLink: () => Promise.resolve(link),
    exec: (id, options) => {
      ran.push(options.command.slice(1))
      return simulated.exec(id, options)
    },
  }
}
const newWriter = (): FileWriter => new FileWriter({
  streams: streams(), clock,
  token: (_, wanted) => {
    if (refusal !== undefined) return Promise.reject(new StatusError('NotFound', refusal))
    asked.push(wanted)
    return Promise.resolve({ token: `token ${String(asked.length)}`, expiresAt: clock.now() + wanted.seconds * 1000 })
  },
})
const podOf = (spec: Partial<PodSpec> = {}, seconds = 3607): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop', uid: 'u', resourceVersion: '', creationTimestamp: '' },
  spec: {
    containers: [{ name: 'c', image: 'i' }], ...spec,
    volumes: [{ name: 'api', projected: { sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: seconds } }, { configMap: { name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ] } }],
  },
})
const pod = podOf()
const update = (writer: FileWriter, of = pod): Promise<void> => writer.update(of, 's', PLACE, sources)
/** The files of the newest archive, by their last name. */
const last = (): Record<string, string> => Object.fromEntries([...(unpacked.at(-1) ?? [])].filter(([path]) => /\.\.[^/]+\/[^/]+$/.test(path)).map(([path, { text }]) => [path.replace(/.*\//, ''), text]))

test('a resolv.conf of the pod\'s own goes beside its messages', async () => {
  await newWriter().writeResolvConf('s', 'nameserver 1.1.1.1\n')
  expect([...(unpacked[0] ?? [])]).toEqual([['termination/resolv.conf', { text: 'nameserver 1.1.1.1\n', mode: 0o644, uid: 0, changedAt: 0 }]])
})

describe('a token in a pod', () => {
  test('comes with the CA and the namespace, and is asked for as the volume says', async () => {
    await newWriter().writeNew(podOf({}, 7200), 's', PLACE, sources)
    expect([last(), asked]).toEqual([{ token: 'token 1', 'ca.crt': 'CERT', namespace: 'shop' }, [{ audience: '', seconds: 7200 }]])
  })

  test.each<[string, Partial<PodSpec>, number, number]>([
    ['everybody', {}, 0o644, 0], ['the one user of all containers', { securityContext: { runAsUser: 1000 } }, 0o600, 1000], ['the group too', { securityContext: { runAsUser: 1000, fsGroup: 2000 } }, 0o640, 1000],
    ['everybody, where users differ', { containers: [{ name: 'c', image: 'i', securityContext: { runAsUser: 1 } }, { name: 'd', image: 'i' }] }, 0o644, 0],
  ])('can be read by %s', async (_, spec, mode, uid) => {
    await newWriter().writeNew(podOf(spec), 's', PLACE, sources)
    const token = [...(unpacked[0] ?? [])].find(([path]) => path.endsWith('/token') && path.split('/').length === 4)?.[1]
    expect(token).toMatchObject({ mode, uid })
  })

  test('is replaced at 80 % of its life, by one rename, and not before', async () => {
    const writer = newWriter()
    await writer.writeNew(pod, 's', PLACE, sources)
    expect(writer.renewAt - clock.now()).toBeCloseTo(0.8 * 3_607_000, -3)
    await clock.advance(0.79 * 3_607_000)
    await update(writer)
    expect([asked.length, unpacked.length]).toEqual([1, 1])
    const before = link
    await clock.advance(0.02 * 3_607_000)
    await update(writer)
    expect([last(), asked.length]).toEqual([{ token: 'token 2', 'ca.crt': 'CERT', namespace: 'shop' }, 2])
    expect(ran.map(([what]) => what)).toEqual(['mv', 'rm'])
    expect(ran[0]).toEqual(['mv', '/volumes/api/..data_next', '/volumes/api/..data'])
    expect(ran[1]).toContain(`/volumes/api/${before ?? ''}/token`)
  })

  test('of a long life is replaced after a day', async () => {
    const writer = newWriter()
    await writer.writeNew(podOf({}, 100 * 24 * 3600), 's', PLACE, sources)
    expect(writer.renewAt - clock.now()).toBe(24 * HOUR)
  })

  test('is left alone by an engine that finds it, until its time has come', async () => {
    await newWriter().writeNew(pod, 's', PLACE, sources)
    const next = newWriter()
    await update(next)
    expect([asked.length, unpacked.length, ran]).toEqual([1, 1, []])
    expect(next.renewAt - clock.now()).toBeCloseTo(0.8 * 3_607_000, -4)
    await clock.advance(HOUR)
    await update(next)
    expect([last()['token'], ran.map(([what]) => what)]).toEqual(['token 2', ['mv', 'rm']])
  })

  test('is written again with what changes beside it, and is the same then', async () => {
    const writer = newWriter()
    await writer.writeNew(pod, 's', PLACE, sources)
    ca = 'ANOTHER'
    await update(writer)
    expect([last(), asked.length]).toEqual([{ token: 'token 1', 'ca.crt': 'ANOTHER', namespace: 'shop' }, 1])
  })

  test('that cannot be had keeps the pod from starting, and says so; one that cannot be replaced stays, and is tried again', async () => {
    const writer = newWriter()
    refusal = 'serviceaccounts "robot" not found'
    await expect(writer.writeNew(pod, 's', PLACE, sources)).rejects.toThrow('failed to fetch the token of volume "api": serviceaccounts "robot" not found')
    refusal = undefined
    await writer.writeNew(pod, 's', PLACE, sources)
    await clock.advance(HOUR)
    refusal = 'gone'
    await expect(update(writer)).rejects.toThrow('gone')
    expect([unpacked.length, writer.renewAt - clock.now()]).toEqual([1, 30_000])
    refusal = undefined
    await clock.advance(30_000)
    await update(writer)
    expect(last()['token']).toBe('token 2')
  })
})

test('files are as old as what was written, and folders hand on the group of the pod', async () => {
  const writer = newWriter()
  const shared = podOf({ securityContext: { fsGroup: 2000 } })
  await writer.writeNew(shared, 's', PLACE, sources)
  const first = clock.now()
  await clock.advance(60_000)
  ca = 'ANOTHER'
  await update(writer, shared)
  const file = (n: number): number | undefined => [...(unpacked[n] ?? [])].find(([path]) => /\.\.[^/]+\/ca\.crt$/.test(path))?.[1].changedAt
  const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000
  expect([file(0), file(1)]).toEqual([seconds(first), seconds(first + 60_000)])
  expect([...(unpacked[1] ?? [])].find(([path]) => /\/\.\.[^/]+\/?$/.test(path))?.[1].mode).toBe(0o2755)
})
