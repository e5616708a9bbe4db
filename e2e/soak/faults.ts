import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { asDeclared } from '../harness/as-declared.ts'
import { describeFaults, planFaults, type Fault } from '../harness/fault-plan.ts'
import { strike } from '../harness/fault-strikes.ts'
import { running } from '../harness/left-alone.ts'
import { startLoad, type LoadReport } from '../harness/load.ts'
import { website } from '../harness/manifests.ts'
import { Notes } from '../harness/notes.ts'
import { PodStarts } from '../harness/pod-starts.ts'
import { Team } from '../harness/team.ts'
import { percentile } from '../bench/bench.ts'
import type { SoakContext, SoakResult } from './soak.ts'

const SERVERS = 3
const PORT = 30120
const STEPS = 30
const IMAGE = 'nginx:1.22'
/** After all is as it should be again, a request that was sent before may still fail for so long. */
const SLACK_MS = 2_500
/** Beside the website: two that must never share a server, and a single one. Both hold files of every kind, which are volumes on the server. */
const EXTRAS = [{ name: 'pair', replicas: 2 }, { name: 'single', replicas: 1 }].map(({ name, replicas }) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } }, template: {
    metadata: { labels: { app: name } }, spec: {
      terminationGracePeriodSeconds: 2,
      ...(replicas === 1 ? {} : { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' }] } } }),
      volumes: [{ name: 'scratch', emptyDir: {} }, { name: 'words', configMap: { name: 'words' } }],
      containers: [{ name: 'main', image: IMAGE, readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 1 }, volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }, { name: 'words', mountPath: '/words' }] }],
    },
  } },
}))

/** One step of the run, in milliseconds since the load began. */
interface Step {
  faults: readonly Fault[]
  from: number
  /** When everything was as declared again. */
  to: number
}

/**
 * Faults in a row, from a seed, under a website with steady load from outside on every server. After each, everything must be as declared again (see
 * `differences`); no pod may ever run twice, no acknowledged write may be lost, and while nothing is wrong no request may fail.
 */
export default async function faults({ random, trials = STEPS, say, signal }: SoakContext): Promise<SoakResult> {
  const team = await Team.up(SERVERS)
  const failures: string[] = []
  try {
    for (const host of team.hosts) await host.exec(['docker', 'pull', '-q', IMAGE])
    await team.apply({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'words' }, data: { hello: 'world' } }, ...EXTRAS] })
    await team.apply(website({ name: 'site', image: IMAGE, replicas: 6, nodePort: PORT }))
    for (const name of ['site', 'pair', 'single']) await team.rolloutDone(name)
    const starts = team.hosts.map((host) => new PodStarts(host))
    const notes = new Notes(team)
    const loads = team.hosts.map((host) => startLoad({ host: host.address, port: PORT, concurrency: 1, keepAlive: false, pauseMs: 25, timeoutMs: 2000 }))
    const began = performance.now()
    const steps: Step[] = []
    for (const [i, step] of planFaults(random, trials, SERVERS).entries()) {
      signal.throwIfAborted()
      const from = performance.now() - began
      await strike(team, step)
      const struck = performance.now() - began
      const left = await asDeclared(team)
      const to = performance.now() - began
      steps.push({ faults: step, from, to })
      const failed = loads.map((load, at) => ({ server: at + 1, struck: step.some((f) => f.host === at + 1), times: load.failures.filter((f) => f.atMs >= from).map((f) => Math.round(f.sentMs - from)) })).filter(({ times }) => times.length > 0)
      const lost = failed.map(({ server, struck, times }) => `${String(times.length)} on server ${String(server)}${struck ? '' : ', to which nothing happened'} (the last sent after ${String(Math.max(...times))} ms)`)
      say(`step ${String(i + 1)} of ${String(trials)}: ${describeFaults(step)}; over after ${String(Math.round(struck - from))} ms, as declared ${String(Math.round(to - struck))} ms later; failed requests: ${lost.join(', ') || 'none'}`)
      if (left.length > 0) {
        failures.push(...left.map((difference) => `after step ${String(i + 1)} (${describeFaults(step)}): ${difference}`))
        break
      }
      await refill(team)
      await sleep(SLACK_MS, undefined, { signal })
    }
    // Too long for npm test, which has a nap of 15 s.
    if (trials >= STEPS && failures.length === 0) failures.push(...await sleepDesk(team, say))
    const reports = await Promise.all(loads.map((load) => load.stop()))
    failures.push(...(await notes.stop()).map((name) => `the acknowledged write of ${name} is lost`))
    await Promise.all(starts.map((s) => s.stop()))
    failures.push(...starts.flatMap((s) => s.faults), ...unexplained(reports, steps), ...traces(team.log))
    return { trials: steps.length, failures, figures: { ...figures(reports, steps), 'writes.acknowledged': notes.acknowledged, 'writes.refused': notes.refused, 'containers.started': starts.reduce((sum, s) => sum + s.starts, 0) } }
  } finally {
    await team.down()
  }
}

/** The desk sleeps for a minute: nothing may be declared dead, started or moved. */
async function sleepDesk(team: Team, say: (line: string) => void): Promise<string[]> {
  const before = await running(team, 'site')
  process.kill(team.toque.pid, 'SIGSTOP')
  await sleep(60_000)
  process.kill(team.toque.pid, 'SIGCONT')
  await sleep(5_000)
  const left = await asDeclared(team)
  const same = isDeepStrictEqual(await running(team, 'site'), before)
  say(`the desk slept for a minute: ${same ? 'nothing was started or moved' : 'pods were started or moved'}`)
  return [...left, ...(same ? [] : ['the desk slept for a minute, and pods were started or moved'])]
}

/** Pods do not move back by themselves; a new rollout spreads them, so that the next fault finds something wherever it strikes. */
async function refill(team: Team): Promise<void> {
  const { items } = await team.get<{ items: { spec: { nodeName?: string } }[] }>('pods', '-l', 'app=site')
  if (new Set(items.map((pod) => pod.spec.nodeName)).size === SERVERS) return
  await team.kubectl(['rollout', 'restart', 'deployment/site'])
  await team.rolloutDone('site')
  await asDeclared(team)
}

/** Requests that failed while nothing was wrong. */
function unexplained(reports: readonly LoadReport[], steps: readonly Step[]): string[] {
  return reports.flatMap((report, i) => report.failures.filter(({ atMs, sentMs }) => !steps.some(({ from, to }) => atMs >= from && sentMs <= to)).slice(0, 5).map(({ atMs, why }) => `a request to server ${String(i + 1)} failed after ${String(atMs)} ms, when nothing was wrong: ${why}`))
}

/** Stack traces in what the engines wrote. */
function traces(log: string): string[] {
  const lines = log.split('\n')
  return lines.flatMap((line, i) => (/^\s+at .*:\d+:\d+/.test(line) && !/^\s+at /.test(lines[i - 1] ?? '') ? [`the engine wrote a stack trace: ${lines[i - 1] ?? ''}`] : []))
}

function figures(reports: readonly LoadReport[], steps: readonly Step[]): Record<string, number> {
  let [struck, elsewhere] = [0, 0]
  // From the beginning of a step to the end of the last request that failed on a server that nothing happened to.
  const outages = steps.map(({ faults, from, to }) => {
    const during = (report: LoadReport): number[] => report.failures.filter((f) => f.atMs >= from && f.sentMs <= to).map((f) => f.sentMs)
    let last = 0
    reports.forEach((report, i) => {
      const sent = during(report)
      if (faults.some((f) => f.host === i + 1)) return void (struck += sent.length)
      elsewhere += sent.length
      last = Math.max(last, ...sent.map((at) => at - from))
    })
    return Math.round(last)
  })
  const took = steps.map(({ from, to }) => Math.round(to - from))
  return {
    requests: reports.reduce((sum, r) => sum + r.requests, 0), 'requests.failed.on.struck.servers': struck, 'requests.failed.elsewhere': elsewhere,
    'elsewhere.lasted.p50.ms': percentile(outages, 0.5), 'elsewhere.lasted.max.ms': Math.max(0, ...outages), 'step.p50.ms': percentile(took, 0.5), 'step.max.ms': Math.max(0, ...took),
  }
}
