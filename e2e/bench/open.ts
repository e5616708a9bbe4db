// How soon the view is right after Toque is opened again: a container crashed while it was closed, and what the API says of it must be what Docker says.
import type { PodList } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { testappDeployment } from '../harness/manifests.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const TIMES = 7

export default async function open({ say, signal }: BenchContext): Promise<Row[]> {
  const site = await siteUp()
  try {
    await site.toque.apply(testappDeployment({ name: 'app', image: 'toque/testapp:v1', replicas: 10 }))
    await site.toque.rolloutDone('app')
    const right: number[] = []
    let restarted = 0
    for (let i = 0; i < TIMES; i += 1) {
      signal.throwIfAborted()
      const { ms, starts } = await openOnce(site, i)
      say(`right ${ms.toFixed(0)} ms after its process began; ${String(starts)} containers started by it`)
      right.push(ms)
      restarted += starts
    }
    return [
      figure('right.p50.ms', percentile(right, 0.5), 'ms'),
      atMost('right.max.ms', Math.max(...right), 'ms', 2000),
      atMost('restarted.containers', restarted, 'containers', 0),
    ]
  } finally {
    await site.down()
  }
}

async function openOnce({ toque, containers }: Site, turn: number): Promise<{ ms: number; starts: number }> {
  await toque.kill()
  const apps = (await containers.of('app', { role: 'app' })).sort((a, b) => a.startedAt - b.startedAt)
  const victim = apps[turn % apps.length]
  if (victim === undefined) throw new Error('no container to crash')
  await containers.killProcess(victim.pid)
  const back = await eventually(`Docker to restart ${victim.id.slice(0, 12)}`, async () => {
    const now = (await containers.of('app', { role: 'app' })).find((c) => c.id === victim.id)
    return now !== undefined && now.running && now.startedAt > victim.startedAt && now
  })
  const watch = await containers.watch()
  const began = performance.now()
  await toque.restart()
  await eventually('the view to be right', async () => {
    const { items } = await toque.get<PodList>('pods', '-l', 'app=app')
    const seen = items.find((p) => p.metadata.name === victim.pod)?.status?.containerStatuses?.[0]
    const startedAt = Date.parse(seen?.state?.running?.startedAt ?? '')
    const ready = items.filter((p) => p.status?.containerStatuses?.every((c) => c.ready)).length
    return ready === 10 && Math.abs(startedAt - back.startedAt) < 1000
  })
  const ms = performance.now() - began
  watch.stop()
  return { ms, starts: watch.events.filter((e) => e.action === 'start').length }
}
