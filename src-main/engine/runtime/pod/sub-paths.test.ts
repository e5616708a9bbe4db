import { extract } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ContainerStreams, Mount } from '../container-runtime.ts'
import { simulatedRuntime } from '../simulated/simulated-runtime.ts'
import { follow, withSubPaths, type Entry } from './sub-paths.ts'

const folder: Entry = { mode: 0o755, gid: 0 }
const to = (link: string): Entry => ({ mode: 0o777, gid: 0, link })
const VOLUME: Record<string, Entry> = {
  releases: folder, 'releases/5': folder, 'releases/latest': to('5'), current: to('releases/latest'), up: to('../..'), 'releases/out': to('../../etc'), host: to('/etc'), round: to('round'), 'releases/top': to('..'),
}
const look = (path: string): Promise<Entry | undefined> => Promise.resolve(VOLUME[path])

describe('a sub-path', () => {
  test.each<[string, string, string[]]>([
    ['releases/5', 'releases/5', []], ['current', 'releases/5', []], ['current/logs/today', 'releases/5/logs/today', ['releases/5/logs', 'releases/5/logs/today']],
    ['a/b', 'a/b', ['a', 'a/b']], ['./releases//5/', 'releases/5', []], ['releases/top', '', []], ['releases/top/current', 'releases/5', []],
  ])('%s leads to %s', async (subPath, path, missing) => expect(await follow(subPath, look)).toEqual({ path, missing }))

  test.each(['host', 'host/passwd', 'up', 'releases/out', 'releases/out/passwd'])('%s leads out of the volume, and is refused', async (subPath) => {
    await expect(follow(subPath, look)).rejects.toThrow(`sub-path "${subPath}" leads out of its volume`)
  })

  test('that goes round in a circle is refused', async () => {
    await expect(follow('round/x', look)).rejects.toThrow('leads nowhere')
  })
})

describe('what is mounted', () => {
  let unpacked: { name: string; mode: number; gid: number }[]
  const streams = (): ContainerStreams => ({
    ...simulatedRuntime({ clusterId: 'c', clock: new FakeClock(), hostname: 'h', cpus: 1, memoryBytes: 1 }).streams,
    stat: (_, path) => Promise.resolve(path === '/volumes/v' ? { uid: 0, gid: 1001, mode: 0o2777 } : path === '/volumes/v/link' ? { uid: 0, gid: 0, mode: 0o777, link: 'data' } : undefined),
    async unpack(_, tar) {
      const archive = extract()
      archive.end(tar)
      for await (const { header: { name, mode = 0, gid = 0 } } of archive) unpacked.push({ name, mode, gid })
    },
  })
  const mount = (path: string, ours = true): Mount => ({ type: 'bind', source: `/root/${path}`, target: '/data', readOnly: false, create: true, part: { volume: 'v', root: '/root', path, ours } })
  const bound = (source: string): Mount => ({ type: 'bind', source, target: '/data', readOnly: false, create: true })

  test.each<[string, Mount, Mount, { name: string; mode: number; gid: number }[]]>([
    ['folders that are missing are made as open as the volume is', mount('a/b'), bound('/root/a/b'), [{ name: 'volumes/v/a', mode: 0o2777, gid: 1001 }, { name: 'volumes/v/a/b', mode: 0o2777, gid: 1001 }]],
    ['behind a link, too', mount('link/b'), bound('/root/data/b'), [{ name: 'volumes/v/data', mode: 0o2777, gid: 1001 }, { name: 'volumes/v/data/b', mode: 0o2777, gid: 1001 }]],
    ['not on somebody\'s file server', mount('a', false), bound('/root/a'), []],
    ['whole volumes stay as they are', bound('/x'), bound('/x'), []],
  ])('%s', async (_, given, wanted, made) => {
    unpacked = []
    expect([await withSubPaths(streams(), 's', [given]), unpacked.map((entry) => ({ ...entry, name: entry.name.replace(/\/$/, '') }))]).toEqual([[wanted], made])
  })
})
