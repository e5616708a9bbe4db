import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { handsOutGpus } from './gpu-support.ts'
import { readFacts } from './node-facts.ts'
import { NodeRoom } from './node-room.ts'
import { PressureGauge } from './pressure.ts'
import type { Measured, PressureType } from './pressure.ts'

const GI = 1024 ** 3
const MI = 1024 ** 2
/** As the helper prints it on a machine with two GPUs, one of which its driver cannot read, and a GPU of a display that nobody drives. */
const FACTS = `disk 4096 26214400 13107200 6553600 6000000
device /sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1/nvme0n1p2${' '}
rotational 0
pci 0x030000 /sys/bus/pci/devices/0000:01:00.0
pci 0x040300 /sys/bus/pci/devices/0000:01:00.1
pci 0x030200 /sys/bus/pci/devices/0000:02:00.0
/proc/driver/nvidia/gpus/0000:02:00.0/information:Model: \t\t NVIDIA A100-SXM4-40GB
/proc/driver/nvidia/gpus/0000:02:00.0/information:IRQ:   \t\t 78
/proc/driver/nvidia/gpus/0000:02:00.0/information:GPU UUID: \t GPU-ffffffff-0000-0000-0000-000000000002
/proc/driver/nvidia/gpus/0000:01:00.0/information:Model: \t\t NVIDIA GeForce RTX 4090
/proc/driver/nvidia/gpus/0000:01:00.0/information:GPU UUID: \t GPU-8c1a2b3c-0000-0000-0000-000000000001
/proc/driver/nvidia/gpus/0000:03:00.0/information:Model: \t\t Unknown
/proc/driver/nvidia/gpus/0000:03:00.0/information:GPU UUID: \t GPU-????????-????-????-????-????????????`

describe('what the helper says of a node', () => {
  test('its disk and its GPUs, in the order of the bus', () => {
    expect(readFacts(FACTS)).toEqual({
      disk: { totalBytes: 100 * GI, availableBytes: 50 * GI, files: 6_553_600, filesFree: 6_000_000 }, diskType: 'nvme', displays: 2,
      gpus: [{ uuid: 'GPU-8c1a2b3c-0000-0000-0000-000000000001', model: 'NVIDIA GeForce RTX 4090' }, { uuid: 'GPU-ffffffff-0000-0000-0000-000000000002', model: 'NVIDIA A100-SXM4-40GB' }],
    })
  })
  test.each<[string, string | undefined]>([
    ['device /sys/devices/pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda/sda1 \nrotational 1', 'hdd'], ['device /sys/devices/virtual/block/dm-0 sda3 \nrotational 0', 'ssd'],
    ['device /sys/devices/virtual/block/dm-0 nvme0n1p3 \nrotational 0', 'nvme'], ['device /sys/dev/block/0:45 \n', undefined], ['', undefined],
  ])('%j is %s', (text, type) => expect(readFacts(text).diskType).toBe(type))
  test('nothing comes of nothing', () => expect(readFacts('')).toEqual({ disk: undefined, diskType: undefined, displays: 0, gpus: [] }))
})

test.each<[string, Parameters<typeof handsOutGpus>[0], boolean]>([
  ['plain', { Runtimes: { runc: {} } }, false], ['with NVIDIA\'s runtime', { Runtimes: { runc: {}, nvidia: {} } }, true],
  ['with CDI devices', { Runtimes: {}, DiscoveredDevices: [{ Source: 'cdi', ID: 'nvidia.com/gpu=0' }] }, true],
  ['with another maker\'s', { Runtimes: null, DiscoveredDevices: [{ Source: 'cdi', ID: 'amd.com/gpu=0' }] }, false],
])('a Docker %s hands out GPUs: %s', (_, info, yes) => expect(handsOutGpus(info)).toBe(yes))

describe('pressure', () => {
  const disk = (freeShare: number, filesFree = 900): Measured['disk'] => ({ totalBytes: 100 * GI, availableBytes: freeShare * 100 * GI, files: 1000, filesFree })
  const of = (memory: number, used: number, d: Measured['disk']): Measured => ({ room: { memoryAvailableBytes: memory, processes: { used, limit: 1000 } }, disk: d })
  const is = (gauge: PressureGauge, measured: Measured, now = 0, before: PressureType[] = []): PressureType[] => gauge.judge(measured, new Set(before), now).filter((p) => p.is).map((p) => p.type)
  test.each<[string, Measured, PressureType[]]>([
    ['well', of(GI, 500, disk(0.5)), []], ['exactly at every threshold', of(100 * MI, 900, disk(0.15, 50)), []],
    ['no memory', of(100 * MI - 1, 500, disk(0.5)), ['MemoryPressure']], ['a full disk', of(GI, 500, disk(0.149)), ['DiskPressure']], ['too many files', of(GI, 500, disk(0.5, 49)), ['DiskPressure']],
    ['too many processes', of(GI, 901, disk(0.5)), ['PIDPressure']], ['all', of(0, 1000, disk(0)), ['MemoryPressure', 'DiskPressure', 'PIDPressure']],
    ['a filesystem that counts no files', of(GI, 500, { totalBytes: 10, availableBytes: 9, files: 0, filesFree: 0 }), []],
  ])('%s', (_, measured, expected) => expect(is(new PressureGauge('b'), measured)).toEqual(expected))

  test('what cannot be measured is not judged', () => expect(new PressureGauge('b').judge({ room: { memoryAvailableBytes: undefined, processes: undefined }, disk: undefined }, new Set(), 0)).toEqual([]))

  test('memory that comes back is trusted after five minutes only; one more dip begins them anew', () => {
    const gauge = new PressureGauge('b')
    const [short, well] = [of(0, 1, disk(0.5)), of(GI, 1, disk(0.5))]
    expect(is(gauge, short, 0)).toEqual(['MemoryPressure'])
    expect(is(gauge, well, 10_000)).toEqual(['MemoryPressure'])
    expect(is(gauge, short, 200_000)).toEqual(['MemoryPressure'])
    expect(is(gauge, well, 499_999)).toEqual(['MemoryPressure'])
    expect(is(gauge, well, 500_000)).toEqual([])
    expect(is(gauge, well, 600_000, ['MemoryPressure'])).toEqual([])
  })
  test('an engine that starts takes over what the node says', () => {
    const gauge = new PressureGauge('b')
    expect(is(gauge, of(GI, 1, disk(0.5)), 1_000, ['MemoryPressure'])).toEqual(['MemoryPressure'])
    expect(is(gauge, of(GI, 1, disk(0.5)), 301_000, ['MemoryPressure'])).toEqual([])
  })
  test('a disk with much room again is believed at once, one with a little is not', () => {
    const gauge = new PressureGauge('b')
    expect(is(gauge, of(GI, 1, disk(0.04)), 0)).toEqual(['DiskPressure'])
    expect(is(gauge, of(GI, 1, disk(0.2)), 10_000)).toEqual(['DiskPressure'])
    expect(is(gauge, of(GI, 1, disk(0.4)), 20_000)).toEqual([])
  })
  test('says how full, where, and what to do', () => {
    expect(new PressureGauge('b').judge(of(GI, 1, disk(0.04)), new Set(), 0).find((p) => p.is)?.message).toMatch(/disk of server b is 96 % full: no new pods start on it\. Free space there, or remove unused images/)
  })
})

describe('a node', () => {
  const clock = new FakeClock()
  let client: MemoryClient
  let events: string[]
  let facts: string
  let usable: boolean
  let makeRoom: (enough: () => Promise<boolean>) => Promise<boolean>
  let asked: { facts: number; gpus: number }
  let room: NodeRoom
  let current: Readonly<Node>
  beforeEach(async () => {
    client = new MemoryClient(clock)
    events = []
    facts = FACTS
    usable = true
    makeRoom = () => Promise.resolve(false)
    asked = { facts: 0, gpus: 0 }
    await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'b' }, spec: {} })
    current = await client.updateStatus(Nodes, { ...(await client.get(Nodes, '', 'b')), status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } } })
    room = new NodeRoom({
      client, clock, name: 'b', node: () => current, onError: (error) => { throw error },
      recorder: { event: (_, type, reason, message) => events.push(`${type} ${reason}: ${message}`) },
      facts: (vendors) => { asked.facts++; expect(vendors).toEqual(['0x10de']); return Promise.resolve(facts) },
      gpusUsable: () => { asked.gpus++; return Promise.resolve(usable) },
      makeRoom: (enough) => makeRoom(enough), roomMade: () => events.push('room again'),
    })
  })
  async function round(memory = GI, ms = 10_000): Promise<Readonly<Node>> {
    await clock.advance(ms)
    room.take({ memoryAvailableBytes: memory, processes: { used: 1, limit: 1000 } })
    for (let i = 0; i < 20; i++) await Promise.resolve()
    await clock.advance(0)
    return (current = await client.get(Nodes, '', 'b'))
  }
  const conditions = (node: Readonly<Node>): string[] => (node.status?.conditions ?? []).map((c) => `${c.type}=${c.status}`)

  test('shows what it can give, and keeps what others say of it', async () => {
    const node = await round()
    expect(node.status?.capacity).toEqual({ cpu: '4', 'ephemeral-storage': '104857600Ki', 'nvidia.com/gpu': '2' })
    expect(node.status?.allocatable).toEqual({ cpu: '4', 'ephemeral-storage': '89128960Ki', 'nvidia.com/gpu': '2' })
    expect(node.metadata.labels).toEqual({ 'toque.dev/disk-type': 'nvme', 'nvidia.com/gpu.product': 'NVIDIA-GeForce-RTX-4090' })
    expect(node.metadata.annotations).toEqual({ 'toque.dev/gpus': 'GPU-8c1a2b3c-0000-0000-0000-000000000001,GPU-ffffffff-0000-0000-0000-000000000002' })
    expect(conditions(node)).toEqual(['MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False'])
  })

  test('a Docker that cannot hand GPUs out: none can be asked for, and an event says what to install, once', async () => {
    usable = false
    const node = await round()
    for (let i = 0; i < 9; i++) await round()
    expect([node.status?.allocatable?.['nvidia.com/gpu'], node.metadata.annotations]).toEqual(['0', {}])
    expect(events.filter((e) => e.includes('GPUNotUsable'))).toEqual([expect.stringContaining('install nvidia-container-toolkit')])
    expect(asked.gpus).toBe(1)
  })

  test('GPUs that are gone are taken back', async () => {
    await round()
    facts = FACTS.split('\n').slice(0, 3).join('\n')
    const node = await round(GI, 30_000)
    expect([node.status?.capacity, node.metadata.labels, node.metadata.annotations]).toEqual([{ cpu: '4', 'ephemeral-storage': '104857600Ki' }, { 'toque.dev/disk-type': 'nvme' }, {}])
  })

  test('GPUs that a person declared where there are none stay; real ones count themselves', async () => {
    const without = FACTS.split('\n').slice(0, 3).join('\n')
    facts = without
    await round()
    await client.patch(Nodes, '', 'b', 'application/merge-patch+json', { status: { capacity: { 'nvidia.com/gpu': '3' }, allocatable: { 'nvidia.com/gpu': '3' } } }, 'status')
    for (let i = 0; i < 4; i++) expect((await round(GI, 30_000)).status?.allocatable?.['nvidia.com/gpu']).toBe('3')
    facts = FACTS
    expect((await round(GI, 30_000)).status?.allocatable?.['nvidia.com/gpu']).toBe('2')
    facts = without
    expect((await round(GI, 30_000)).status?.allocatable?.['nvidia.com/gpu']).toBeUndefined()
  })

  test('a resource that somebody says it has may be given out, and no more when they take it back', async () => {
    const say = (capacity: Record<string, string | null>): Promise<unknown> => client.patch(Nodes, '', 'b', 'application/merge-patch+json', { status: { capacity } }, 'status')
    const allocatable = async (): Promise<unknown> => {
      await round()
      return (await round()).status?.allocatable?.['example.com/dongle']
    }
    await say({ 'example.com/dongle': '5' })
    expect(await allocatable()).toBe('5')
    await say({ 'example.com/dongle': '3' })
    expect(await allocatable()).toBe('3')
    await say({ 'example.com/dongle': null })
    expect(await allocatable()).toBeUndefined()
  })

  test('a full disk: a condition and an event; room again: the same, in the next round. Nothing is written while nothing changes', async () => {
    await round()
    facts = FACTS.replace(' 13107200 ', ' 1310720 ')
    const full = await round(GI, 30_000)
    expect(conditions(full)).toContain('DiskPressure=True')
    expect(events).toEqual([expect.stringMatching(/^Warning NodeHasDiskPressure: The disk of server b is 95 % full/)])
    for (let i = 0; i < 6; i++) await round()
    expect(current.metadata.resourceVersion).toBe(full.metadata.resourceVersion)
    facts = FACTS
    expect(conditions(await round())).toContain('DiskPressure=False')
    expect(events.slice(-2)).toEqual(['Normal NodeHasNoDiskPressure: The disk has room', 'room again'])
  })

  test('the disk is asked every 30 s while it has room, in each round while it is nearly full, and at once when Docker finds it full', async () => {
    const askedIn = async (rounds: number): Promise<number> => {
      const before = asked.facts
      for (let i = 0; i < rounds; i++) await round()
      return asked.facts - before
    }
    await round()
    expect(await askedIn(6)).toBe(2)
    room.lookAtDisk()
    expect(await askedIn(1)).toBe(1)
    facts = FACTS.replace(' 13107200 ', ' 1310720 ')
    await askedIn(3)
    let made = 0
    makeRoom = () => Promise.resolve(++made > 100)
    expect(await askedIn(6)).toBe(6)
    expect(made).toBe(2)
  })

  test('a disk that fills: what nothing needs goes before pods are turned away', async () => {
    const disk = (free: number): string => FACTS.replace(' 13107200 ', ` ${String(free * 26_214_400)} `)
    facts = disk(0.1)
    const seen: boolean[] = []
    makeRoom = async (enough) => {
      for (const free of [0.2, 0.29, 0.3]) {
        facts = disk(free)
        seen.push(await enough())
      }
      return true
    }
    expect(conditions(await round())).toContain('DiskPressure=False')
    expect(seen).toEqual([false, false, true])
    facts = disk(0.21)
    makeRoom = () => Promise.reject(new Error('not asked yet'))
    await round(GI, 30_000)
  })

  test('nothing to remove, or a Docker that is away: the disk is judged as it is', async () => {
    facts = FACTS.replace(' 13107200 ', ' 1310720 ')
    makeRoom = () => Promise.resolve(false)
    expect(conditions(await round())).toContain('DiskPressure=True')
  })
})
