// What Toque costs when nothing happens: the engine with ten pods, and the app's window against an empty Electron window, both as the kernel counts them.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDisplay } from '../display.ts'
import { commandOf, memoryOf, processorOf, processTree } from '../harness/processes.ts'
import { Toque } from '../harness/toque.ts'
import { processesOf } from '../lab/cgroups.ts'
import { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { electronPath } from '../lab/tools.ts'
import { atMost, figure, type BenchContext, type Row } from './bench.ts'

const PODS = 10
const SETTLE_MS = 20_000
const WATCHED_MS = 60_000
const WINDOW_SETTLE_MS = 15_000

const manifest = JSON.stringify({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'idle' },
  spec: {
    replicas: PODS, selector: { matchLabels: { app: 'idle' } },
    template: { metadata: { labels: { app: 'idle' } }, spec: { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] } },
  },
})

/** The server's dockerd and containerd. */
async function dockerd(lab: Lab): Promise<number[]> {
  const found: number[] = []
  for (const pid of await processesOf(lab.id)) {
    const [program = ''] = await commandOf(pid)
    if (/(^|\/)(dockerd|containerd)$/.test(program)) found.push(pid)
  }
  return found
}

/** Percent of one core that processes use while nothing is asked of them. */
async function share(pids: () => Promise<number[]>, signal: AbortSignal): Promise<number> {
  const before = await processorOf(await pids())
  const begin = performance.now()
  await sleep(WATCHED_MS, undefined, { signal })
  return ((await processorOf(await pids())) - before) / (performance.now() - begin) * 100_000
}

async function engineAtRest(lab: Lab, { say, signal }: BenchContext): Promise<Row[]> {
  say('dockerd alone')
  const alone = await share(() => dockerd(lab), signal)
  const toque = await Toque.start({ host: lab.host(1) })
  try {
    await toque.apply(manifest)
    await toque.rolloutDone('idle')
    say(`${PODS} pods run; letting them be for ${(SETTLE_MS + WATCHED_MS) / 1000} s`)
    await sleep(SETTLE_MS, undefined, { signal })
    const [engine, docker] = await Promise.all([share(() => processTree(toque.pid), signal), share(() => dockerd(lab), signal)])
    return [
      atMost('engine.mib', await memoryOf(await processTree(toque.pid)), 'MiB', 120),
      atMost('engine.core.pct', engine, '% of a core', 1),
      figure('dockerd.core.pct', docker, '% of a core'),
      figure('dockerd.alone.core.pct', alone, '% of a core'),
    ]
  } finally {
    await toque.stop()
  }
}

/** Memory of an Electron app at rest, MiB: all its processes, the engine's aside. */
async function appMemory(host: LabHost, display: string, words: readonly string[], signal: AbortSignal): Promise<{ app: number; engine: number }> {
  const [nsenter = '', ...enter] = host.onItsNetwork
  const child = spawn(nsenter, [...enter, electronPath(), '--no-sandbox', ...words], { stdio: 'ignore', env: { ...process.env, DISPLAY: display }, cwd: repository })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    await sleep(WINDOW_SETTLE_MS, undefined, { signal })
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}: ${words.join(' ')}`)
    const tree = await processTree(child.pid ?? 0)
    const engines: number[] = []
    for (const pid of tree) if ((await commandOf(pid)).join(' ').includes('--utility-sub-type=node.mojom.NodeService')) engines.push(pid)
    return { app: await memoryOf(tree.filter((pid) => !engines.includes(pid))), engine: await memoryOf(engines) }
  } finally {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(timer)
  }
}

async function window(host: LabHost, { say, signal }: BenchContext): Promise<Row[]> {
  await using display = await startDisplay()
  const data = await mkdtemp(join(tmpdir(), 'toque-idle-'))
  try {
    say('an empty Electron window')
    const empty = await appMemory(host, display.name, [join(repository, 'e2e/bench/empty-app'), `--user-data-dir=${data}/empty`], signal)
    say('the app')
    const app = await appMemory(host, display.name, [repository, '--data', join(data, 'toque'), '--docker', host.dockerSocket, `--user-data-dir=${data}/app`], signal)
    if (app.engine === 0) throw new Error('the app forked no engine')
    return [
      atMost('app.ratio', app.app / empty.app, 'x', 1.4), figure('app.mib', app.app, 'MiB'), figure('empty.mib', empty.app, 'MiB'),
      figure('app.engine.mib', app.engine, 'MiB'),
    ]
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

export default async function idle(context: BenchContext): Promise<Row[]> {
  await using lab = await Lab.up()
  return [...(await engineAtRest(lab, context)), ...(await window(lab.host(1), context))]
}
