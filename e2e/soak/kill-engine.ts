import type { ConfigMap } from '../../src-main/common/kube/generated/core-v1.ts'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import type { DockerEvent } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import { website } from '../harness/manifests.ts'
import { siteUp, type Site } from '../harness/site.ts'
import type { SoakContext, SoakResult } from './soak.ts'

const PORT = 30081
const IMAGES = ['nginx:1.22', 'nginx:other']

/**
 * SIGKILLs the engine at a random moment of a rollout, again and again: while it is away no container is touched; started again it finishes the
 * rollout, starts nothing that already ran, and has every write that was acknowledged. All the while a client outside must not see a failed request.
 */
export default async function killEngine({ random, trials = 100, say, signal }: SoakContext): Promise<SoakResult> {
  const site = await siteUp()
  const failures: string[] = []
  try {
    await site.toque.apply(website({ name: 'site', image: IMAGES[0] ?? '', nodePort: PORT }))
    await site.toque.rolloutDone('site')
    const seen = await site.containers.watch()
    const load = startLoad({ host: site.host.address, port: PORT, concurrency: 2, keepAlive: false, pauseMs: 5 })
    for (let i = 1; i <= trials; i += 1) {
      signal.throwIfAborted()
      const { line, faults } = await killOnce(site, seen.events, i, random() * 4000)
      say(`kill ${String(i)} of ${String(trials)}: ${line}`)
      failures.push(...faults.map((fault) => `kill ${String(i)}: ${fault}`))
    }
    const report = await load.stop()
    seen.stop()
    failures.push(...report.failures.slice(0, 10).map(({ atMs, sentMs, why }) => `a request failed after ${String(atMs)} ms (sent ${String(atMs - sentMs)} ms before): ${why}; around it: ${around(seen.events, report.beganAt + sentMs)}`))
    return { trials, failures, figures: { requests: report.requests, 'requests.failed': report.failures.length } }
  } finally {
    await site.down()
  }
}

/** What Docker told of around a moment, so that a failure can be understood. */
function around(events: readonly DockerEvent[], at: number): string {
  const near = events.filter(({ timeMs, action }) => Math.abs(timeMs - at) < 1500 && /^(start|kill|die|destroy)$/.test(action))
  return near.map(({ timeMs, action, id, labels }) => `${(timeMs - at).toFixed(0)} ms ${action} ${id.slice(0, 12)} (${labels[DockerLabel.role] ?? ''} of ${labels[DockerLabel.podName] ?? ''})`).join(', ') || 'nothing'
}

/** What happened to the site's containers within a second. */
async function touched(containers: Site['containers']): Promise<DockerEvent[]> {
  const watch = await containers.watch()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  watch.stop()
  return watch.events.filter((e) => e.labels[DockerLabel.podName]?.startsWith('site') && /^(create|start|kill|die|destroy)$/.test(e.action))
}

async function killOnce({ toque, containers }: Site, seen: readonly DockerEvent[], turn: number, delayMs: number): Promise<{ line: string; faults: string[] }> {
  const faults: string[] = []
  await toque.kubectl(['set', 'image', 'deployment/site', `web=${IMAGES[turn % IMAGES.length] ?? ''}`])
  // Acknowledged writes of other things, up to the moment of the kill.
  let acknowledged = ''
  const end = performance.now() + delayMs
  let n = 0
  do {
    const value = `${String(turn)}-${String((n += 1))}`
    await toque.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note' }, data: { value } }))
    acknowledged = value
  } while (performance.now() < end)
  await toque.kill()
  // What the dying engine had already asked of Docker still happens, later where Docker has much to do, and a container that was told to end takes its
  // time; then nothing may.
  for (let i = 0; i < 10 && (await touched(containers)).length > 0; i += 1);
  const running = await containers.of('site')
  const watch = await containers.watch()
  const ending = new Set(seen.filter(({ action }) => action === 'kill').map(({ id }) => id))
  faults.push(...(await touched(containers)).filter(({ id }) => !ending.has(id)).map((e) => `${e.id.slice(0, 12)}: ${e.action} with no engine`))
  await toque.restart()
  await toque.rolloutDone('site')
  faults.push(...watch.events.filter((e) => e.action === 'start' && running.some((c) => c.id === e.id && c.running)).map((e) => `${e.id.slice(0, 12)} ran and was started again`))
  watch.stop()
  const note = await toque.get<ConfigMap>('configmap', 'note')
  if (note.data?.['value'] !== acknowledged) faults.push(`acknowledged ${acknowledged}, found ${note.data?.['value'] ?? 'nothing'}`)
  return { line: `after ${delayMs.toFixed(0)} ms, with ${running.map((c) => c.id.slice(0, 12)).join(' ')}`, faults }
}
