// The demo: one Docker, Toque on it, the sample website; with --once also one killed container and its recovery, then all is taken away.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Deployment } from '../src-main/common/kube/generated/apps-v1.ts'
import { forwardPort } from './demo/forward-port.ts'
import { KubeClient } from './demo/kube-client.ts'
import type { DemoPlace } from './demo/place.ts'
import { findPlace } from './demo/place.ts'
import { clustersOn, removeNewClusters } from './demo/remove-cluster.ts'
import { killAndWatch } from './demo/wound.ts'
import { firstLine } from './lab/first-line.ts'
import { repository } from './lab/places.ts'
import { electronPath } from './lab/tools.ts'

/** What is to be undone at the end, the last first. */
type Ends = (() => Promise<void>)[]
/** The user wants it to end. */
class Interrupted extends Error {}

const PATIENCE_MS = 180_000
const onlyOnce = process.argv.includes('--once')
const hasDisplay = process.platform !== 'linux' || (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? '') !== ''
const say = (text: string): void => console.error(text)

main().then(
  () => process.exit(0),
  (error: unknown) => {
    if (error instanceof Interrupted) process.exit(0)
    say(`\nThe demo did not work: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  },
)

async function main(): Promise<void> {
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => reject(new Interrupted()))
  })
  interrupted.catch(() => undefined)
  const place = await findPlace()
  if (place === undefined) return say('Nothing was done.')
  const before = await clustersOn(place.dockerSocket)
  const data = await mkdtemp(join(tmpdir(), 'toque-demo-'))
  const ends: Ends = []
  try {
    await Promise.race([perform(place, data, ends), interrupted])
  } finally {
    say('Everything is taken away.')
    for (const end of ends.reverse()) await end()
    await removeNewClusters(place.dockerSocket, before)
    await place.leave()
    await rm(data, { recursive: true, force: true })
  }
}

async function perform(place: DemoPlace, data: string, ends: Ends): Promise<void> {
  say(`Toque starts, on ${place.description}.`)
  const inWindow = hasDisplay && !onlyOnce
  const toque = inWindow ? await startWindow(place, data, ends) : await startHeadless(place, data, ends)
  const kube = await KubeClient.open(toque.kubeconfig, (port) => bringHere(place, port, 0, ends))
  const started = performance.now()
  say('my-website.yaml is applied: three nginx.')
  const app = await kube.applyDeployment(await readFile(join(repository, 'resources/samples/my-website.yaml'), 'utf8'))
  const { ready } = await kube.ready(app, PATIENCE_MS, (now) => say(`  ${String(now.ready)} of ${String(now.desired)} ready${now.ready === now.desired || now.why === '' ? '' : `: ${now.why}`}`), toque.over)
  const deployMs = Math.round(performance.now() - started)
  if (onlyOnce) return wound(place, kube, app, deployMs, toque.over)
  const name = app.metadata.name ?? ''
  if (inWindow) await showInWindow(place, data, `/app/${encodeURIComponent('apps/v1')}/Deployment/${app.metadata.namespace ?? ''}/${name}`)
  say('')
  const what = `${name} runs ${String(ready)} nginx, kept alive by Toque.`
  console.log(inWindow
    ? `${what} Look at it in the window; closing it (or Ctrl+C) ends the demo and takes everything away.`
    : `${what} Look at it here (Ctrl+C ends the demo and takes everything away): ${toque.url}`)
  await toque.over.catch((error: unknown) => {
    // Closed by its user: that is how a demo in a window ends.
    if (!inWindow) throw error
  })
}

/** Kills one replica's container and tells, in one JSON line, how it came back. */
async function wound(place: DemoPlace, kube: KubeClient, app: Deployment, deployMs: number, over: Promise<never>): Promise<void> {
  // Docker starts a container that ran well for a while at once; one that dies young waits.
  await Promise.race([delay(11_000), over])
  const [victim] = await kube.podsOf(app)
  if (victim === undefined) throw new Error('there is no pod to kill')
  say(`One of the three is killed: ${victim.metadata.name ?? ''}`)
  const healing = await killAndWatch(place.dockerSocket, victim.metadata.uid ?? '', PATIENCE_MS)
  const { ready } = await kube.ready(app, PATIENCE_MS, () => undefined, over)
  say(`Container ${healing.victim.slice(0, 12)} died; its replacement ran ${String(healing.healMs)} ms after the kill.`)
  console.log(JSON.stringify({ ready, deployMs, detectMs: healing.detectMs, healMs: healing.healMs }))
}

interface Started {
  /** What a browser opens; '' where there is a window. */
  readonly url: string
  readonly kubeconfig: string
  /** Rejects when Toque ends. */
  readonly over: Promise<never>
}

async function startHeadless(place: DemoPlace, data: string, ends: Ends): Promise<Started> {
  const { child, over } = run(place, [process.execPath, join(repository, 'out/main/headless.js'), '--data', data, '--docker', place.dockerSocket, ...addressed(place)], ends)
  const line = await Promise.race([firstLine(child.stdout as Readable), over])
  const { url, kubeconfig } = JSON.parse(line) as { url: string; kubeconfig: string }
  // The same number, for it is in the token's cookie and in the address that the server expects.
  const port = Number(new URL(url).port)
  await bringHere(place, port, port, ends)
  return { url, kubeconfig, over }
}

async function startWindow(place: DemoPlace, data: string, ends: Ends): Promise<Started> {
  const { child, over } = run(place, windowCommand(place, data), ends)
  child.stdout?.resume()
  const kubeconfig = join(data, 'kubeconfig.yaml')
  // Written when the API listens.
  await Promise.race([appears(kubeconfig), over])
  return { url: '', kubeconfig, over }
}

/** Starting it again shows a page in the window that is open. */
async function showInWindow(place: DemoPlace, data: string, page: string): Promise<void> {
  const again: Ends = []
  const { child } = run(place, [...windowCommand(place, data), '--page', page], again)
  child.stdout?.resume()
  await once(child, 'exit')
}

function windowCommand(place: DemoPlace, data: string): string[] {
  return [electronPath(), ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), repository, '--data', data, '--docker', place.dockerSocket, ...addressed(place)]
}

function addressed({ address }: DemoPlace): string[] {
  return address === undefined ? [] : ['--node-address', address]
}

function run(place: DemoPlace, command: readonly string[], ends: Ends): { child: ChildProcess; over: Promise<never> } {
  const [enter = '', ...words] = [...place.enter, ...command]
  // A group of its own: the terminal's Ctrl+C is for the demo, which ends this one in good order.
  const child = spawn(enter, words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: repository, detached: true })
  void relay(child.stderr)
  const over = once(child, 'exit').then(() => Promise.reject<never>(new Error('Toque has ended; what it said is above')))
  over.catch(() => undefined)
  ends.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { child, over }
}

/** What Toque says goes to our user; what Chromium says to its developers (no D-Bus, no GPU) does not. */
async function relay(stderr: Readable): Promise<void> {
  for await (const line of createInterface({ input: stderr })) {
    if (!/^\[\d+:\d+\/[\d.]+:[A-Z]+:/.test(line) && line !== '') say(line)
  }
}

/** Where the server's network is not this machine's, its port is brought here. */
async function bringHere(place: DemoPlace, port: number, here: number, ends: Ends): Promise<number> {
  if (place.enter.length === 0) return port
  const forwarded = await forwardPort(place.enter, port, here)
  ends.push(() => Promise.resolve(forwarded.stop()))
  return forwarded.port
}

async function appears(file: string): Promise<void> {
  while (!existsSync(file)) await delay(100)
}
