import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import { Containers, eventually, type PodContainer } from '../harness/containers.ts'
import { testappDeployment } from '../harness/manifests.ts'
import { siteUp } from '../harness/site.ts'
import type { Toque } from '../harness/toque.ts'
import type { LabHost } from '../lab/lab-host.ts'
import type { SoakContext, SoakResult } from './soak.ts'

/** A way for a container to end that nobody asked for. */
export interface Blow {
  name: string
  role: 'app' | 'sandbox'
  strike(victim: PodContainer, containers: Containers, host: LabHost): Promise<void>
}

const dockerKill = async (victim: PodContainer, { docker }: Containers): Promise<void> => void (await docker.getContainer(victim.id).kill())
const removed = async (victim: PodContainer, { docker }: Containers): Promise<void> => void (await docker.getContainer(victim.id).remove({ force: true, v: true }))
const killed = (victim: PodContainer, containers: Containers): Promise<void> => containers.killProcess(victim.pid)

/** Asks the test app inside the victim's pod to end itself in some way; it ends before it can answer. */
function told(path: string) {
  return async (victim: PodContainer, { docker }: Containers, host: LabHost): Promise<void> => {
    const { NetworkSettings } = await docker.getContainer(await sandboxOf(victim, docker)).inspect()
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? ''
    await host.exec(['curl', '-s', '-m', '20', `http://${address}:8080${path}`], { anyCode: true })
  }
}

async function sandboxOf(victim: PodContainer, docker: Containers['docker']): Promise<string> {
  const { HostConfig } = await docker.getContainer(victim.id).inspect()
  return (HostConfig.NetworkMode ?? '').replace('container:', '')
}

/** A sandbox holds a few pages and never asks for more, so nothing can drive it out of memory; the kernel would end it by the same SIGKILL. */
const starved = async (victim: PodContainer, containers: Containers): Promise<void> => {
  await containers.docker.getContainer(victim.id).update({ Memory: 6 << 20, MemorySwap: 6 << 20 })
  await containers.killProcess(victim.pid)
}

/** Every way for a container to end. A sandbox cannot exit 1 by itself (it only waits); ended by SIGTERM is as near as it gets. */
export const BLOWS: readonly Blow[] = [
  { name: 'docker kill', role: 'app', strike: dockerKill },
  { name: 'docker kill', role: 'sandbox', strike: dockerKill },
  { name: 'docker rm -f', role: 'app', strike: removed },
  { name: 'docker rm -f', role: 'sandbox', strike: removed },
  { name: 'kill -9', role: 'app', strike: killed },
  { name: 'kill -9', role: 'sandbox', strike: killed },
  { name: 'exit 1', role: 'app', strike: told('/crash?code=1') },
  { name: 'SIGTERM (it cannot exit 1)', role: 'sandbox', strike: (victim, containers) => containers.killProcess(victim.pid, 'TERM') },
  { name: 'out of memory', role: 'app', strike: told('/oom') },
  { name: 'SIGKILL under a tiny limit (it cannot run out of memory)', role: 'sandbox', strike: starved },
]

const APP = { name: 'heal', image: 'toque/testapp:v1', replicas: 3, memory: '64Mi' }
const TRIALS = 50

/**
 * Strikes again and again, each time another replica and the next way, each victim up for at least 10 s before; after each blow three must be Ready
 * again, and exactly what was ended must have been started, once.
 */
export default async function heal({ trials = TRIALS, say, signal }: SoakContext): Promise<SoakResult> {
  const site = await siteUp()
  try {
    await site.toque.apply(testappDeployment(APP))
    await site.toque.rolloutDone(APP.name)
    const failures: string[] = []
    for (let i = 0; i < trials; i += 1) {
      signal.throwIfAborted()
      const blow = BLOWS[i % BLOWS.length]
      if (blow === undefined) throw new Error('no blows')
      const { line, fault } = await strikeOnce(site, blow, i)
      say(`blow ${String(i + 1)} of ${String(trials)}: ${line}`)
      if (fault !== undefined) failures.push(fault)
    }
    return { trials, failures, figures: {} }
  } finally {
    await site.down()
  }
}

async function strikeOnce({ toque, host, containers }: { toque: Toque; host: LabHost; containers: Containers }, blow: Blow, turn: number): Promise<{ line: string; fault?: string }> {
  const pods = [...new Set((await containers.of(APP.name, { role: 'sandbox' })).map((c) => c.pod))].sort()
  const pod = pods[turn % pods.length] ?? ''
  const victim = await eventually(`${blow.role} of ${pod} up for 10 s`, async () => {
    const found = (await containers.of(pod, { role: blow.role })).find((c) => c.pod === pod)
    return found !== undefined && Date.now() - found.startedAt >= 10_000 && found
  })
  const watch = await containers.watch()
  try {
    await blow.strike(victim, containers, host)
    await eventually(`the end of ${victim.id.slice(0, 12)}`, () => Promise.resolve(watch.events.some((e) => e.action === 'die' && e.id === victim.id)))
    await eventually('three Ready again', () => isWhole(toque, containers))
    // A second start would come with Docker's or our back-off: give it the time to show.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const started = (role: string): number => watch.events.filter((e) => e.action === 'start' && e.labels[DockerLabel.role] === role && e.labels[DockerLabel.podName]?.startsWith(APP.name)).length
    const line = `${blow.name} of ${blow.role} ${victim.id.slice(0, 12)} in ${pod}; started ${String(started('sandbox'))} sandboxes, ${String(started('app'))} apps`
    const right = started('app') === 1 && started('sandbox') === (blow.role === 'app' ? 0 : 1)
    return right ? { line } : { line, fault: `started something twice, or too little: ${line}` }
  } finally {
    watch.stop()
  }
}

async function isWhole(toque: Toque, containers: Containers): Promise<boolean> {
  const deployment = await toque.get<Deployment>('deployment', APP.name)
  const running = await containers.of(APP.name)
  const count = (role: string): number => running.filter((c) => c.role === role && c.running).length
  return deployment.status?.readyReplicas === 3 && count('app') === 3 && count('sandbox') === 3
}
