import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Cluster, ClusterMode } from '../../common/contract/index.ts'
import { keptMode } from './kept-mode.ts'
import { ModeService, switched } from './mode-service.ts'

const dirs: string[] = []
afterEach(() => dirs.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

function file(): string {
  const dir = mkdtempSync(join(tmpdir(), 'toque-mode-'))
  dirs.push(dir)
  return join(dir, 'mode')
}

/** Enough of a cluster to tell which one answers. */
const named = (name: string): Cluster => ({ namespaces: () => Promise.resolve([name]) }) as unknown as Cluster

function service(path: string): { modes: ModeService; cluster: Cluster; open: () => number } {
  let open = 0
  const modes = new ModeService({
    kubernetes: named('kubernetes'), kept: keptMode(path),
    openSwarm: () => {
      open += 1
      return { cluster: named('swarm'), close: () => { open -= 1; return Promise.resolve() } }
    },
  })
  return { modes, cluster: switched(() => modes.current), open: () => open }
}

test('the same object answers for whichever cluster is chosen; the swarm is followed only while it is', async () => {
  const { modes, cluster, open } = service(file())
  expect([await cluster.namespaces(), open()]).toEqual([['kubernetes'], 0])
  await modes.choose('swarm')
  expect([await cluster.namespaces(), open()]).toEqual([['swarm'], 1])
  await modes.choose('swarm')
  expect(open()).toBe(1)
  await modes.choose('kubernetes')
  expect([await cluster.namespaces(), open()]).toEqual([['kubernetes'], 0])
})

test('the choice is kept, and told to all who watch', async () => {
  const path = file()
  const first = service(path)
  const seen = first.modes.watch()[Symbol.asyncIterator]()
  expect((await seen.next()).value).toBe('kubernetes')
  await first.modes.choose('swarm')
  expect((await seen.next()).value).toBe('swarm')
  await seen.return?.()
  await first.modes.stop()
  expect(first.open()).toBe(0)
  const again = service(path)
  expect(await again.cluster.namespaces()).toEqual(['swarm'])
  await again.modes.stop()
})

test('no other mode is taken', async () => {
  const { modes } = service(file())
  await expect(modes.choose('nomad' as ClusterMode)).rejects.toThrow(/no mode "nomad"/)
})
