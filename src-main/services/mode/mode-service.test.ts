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

function service(path: string): { modes: ModeService; cluster: Cluster; asked: () => boolean } {
  let asked = false
  const modes = new ModeService({ kubernetes: named('kubernetes'), kept: keptMode(path), swarm: () => (asked = true, named('swarm')) })
  return { modes, cluster: switched(() => modes.current), asked: () => asked }
}

test('the same object answers for whichever cluster is chosen; a swarm that nobody chose is not followed', async () => {
  const { modes, cluster, asked } = service(file())
  expect([await cluster.namespaces(), asked()]).toEqual([['kubernetes'], false])
  await modes.choose('swarm')
  expect([await cluster.namespaces(), asked()]).toEqual([['swarm'], true])
  await modes.choose('kubernetes')
  expect(await cluster.namespaces()).toEqual(['kubernetes'])
})

test('the choice is kept, and told to all who watch; a swarm that was chosen once is followed in either mode', async () => {
  const path = file()
  const first = service(path)
  const seen = first.modes.watch()[Symbol.asyncIterator]()
  expect((await seen.next()).value).toBe('kubernetes')
  await first.modes.choose('swarm')
  expect((await seen.next()).value).toBe('swarm')
  await seen.return?.()
  const again = service(path)
  expect(await again.cluster.namespaces()).toEqual(['swarm'])
  await again.modes.choose('kubernetes')
  const later = service(path)
  expect([await later.cluster.namespaces(), later.asked()]).toEqual([['kubernetes'], true])
})

test('no other mode is taken', async () => {
  const { modes } = service(file())
  await expect(modes.choose('nomad' as ClusterMode)).rejects.toThrow(/no mode "nomad"/)
})
