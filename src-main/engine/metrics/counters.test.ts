import { describe, expect, test } from 'vitest'
import { containerFiles, nodeFiles } from './cgroup-files.ts'
import { countersFrom, linesByPath } from './counters.ts'
import { UsageBook } from './usage-book.ts'

describe('where a container\'s counters are', () => {
  test.each([
    [{ version: 1, driver: 'cgroupfs' }, '', '/host/cgroup/cpuacct/docker/abc/cpuacct.usage', '/host/cgroup/memory/docker/abc/memory.usage_in_bytes'],
    [{ version: 2, driver: 'cgroupfs' }, '', '/host/cgroup/docker/abc/cpu.stat', '/host/cgroup/docker/abc/memory.current'],
    [{ version: 2, driver: 'systemd' }, '', '/host/cgroup/system.slice/docker-abc.scope/cpu.stat', '/host/cgroup/system.slice/docker-abc.scope/memory.current'],
    [{ version: 1, driver: 'systemd' }, 'a-b.slice', '/host/cgroup/cpuacct/a.slice/a-b.slice/docker-abc.scope/cpuacct.usage', '/host/cgroup/memory/a.slice/a-b.slice/docker-abc.scope/memory.usage_in_bytes'],
    [{ version: 2, driver: 'cgroupfs' }, 'mine', '/host/cgroup/mine/abc/cpu.stat', '/host/cgroup/mine/abc/memory.current'],
  ] as const)('%o with parent "%s"', (layout, parent, cpu, memory) => {
    expect(containerFiles(layout, 'abc', parent)).toMatchObject({ cpu, memory })
  })
})

describe('reading them', () => {
  test.each([
    ['version 1', containerFiles({ version: 1, driver: 'cgroupfs' }, 'abc'),
      'P/cpuacct/docker/abc/cpuacct.usage:5000000\nP/memory/docker/abc/memory.usage_in_bytes:1000\nP/memory/docker/abc/memory.stat:inactive_file 1\nP/memory/docker/abc/memory.stat:total_inactive_file 300', 5e6, 700],
    ['version 2', containerFiles({ version: 2, driver: 'cgroupfs' }, 'abc'),
      'P/docker/abc/cpu.stat:usage_usec 5000\nP/docker/abc/memory.current:1000\nP/docker/abc/memory.stat:inactive_file 300', 5e6, 700],
    ['a node with version 2', nodeFiles(2), 'P/cpu.stat:usage_usec 5000\n/proc/meminfo:MemTotal:       100 kB\n/proc/meminfo:MemAvailable:    40 kB', 5e6, 60 * 1024],
  ])('%s', (_, files, text, cpuNanos, memoryBytes) => {
    expect(countersFrom(linesByPath(text.replaceAll('P/', '/host/cgroup/')), files, 7)).toEqual({ at: 7, cpuNanos, memoryBytes })
  })

  test('a container that is gone has none', () => {
    expect(countersFrom(new Map(), containerFiles({ version: 2, driver: 'cgroupfs' }, 'abc'), 0)).toBeUndefined()
  })
})

test('the book adds a pod\'s containers, and takes a restart for a new beginning', () => {
  const book = new UsageBook()
  const round = (at: number, a: number, b: number): void => book.take(at, [
    { podUid: 'p', container: 'a', id: '1', counters: { at, cpuNanos: a, memoryBytes: 10 } },
    { podUid: 'p', container: 'b', id: '2', counters: { at, cpuNanos: b, memoryBytes: 20 } },
  ], { at, cpuNanos: a + b, memoryBytes: 99 })
  round(0, 0, 0)
  expect(book.pod('p')).toEqual([])
  round(1000, 1e8, 2e8)
  expect(book.pod('p').at(-1)).toMatchObject({ cpuMilli: 300, memoryBytes: 30, containers: { a: { cpuMilli: 100 }, b: { cpuMilli: 200 } } })
  expect(book.node.at(-1)).toEqual({ time: 1000, windowMs: 1000, cpuMilli: 300, memoryBytes: 99 })
  round(2000, 2e8, 0)
  expect(book.pod('p').at(-1)).toMatchObject({ cpuMilli: 100, memoryBytes: 10 })
})
