// How long a lost server is noticed: its power is cut under a website, by turns in Toque and in Docker Swarm on the same kind of lab, seen from outside.
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import { comeBack, failOver, type Failover } from '../harness/failover.ts'
import { website } from '../harness/manifests.ts'
import { SwarmTeam } from '../harness/swarm-team.ts'
import { Team } from '../harness/team.ts'
import { Lab } from '../lab/lab.ts'
import { atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const SERVERS = 3
const REPLICAS = 6
/** Power cuts on each side, unless told. */
const TRIALS = 10
const PORT = 30110
const IMAGE = 'nginx:1.22'

async function toque({ say, signal, trials = TRIALS }: BenchContext): Promise<Failover[]> {
  const team = await Team.up(SERVERS)
  try {
    // Every server has pulled the image before anything is cut.
    for (const host of team.hosts) await host.exec(['docker', 'pull', '-q', IMAGE])
    await team.apply(website({ name: 'site', image: IMAGE, replicas: REPLICAS, nodePort: PORT }))
    await team.rolloutDone('site')
    const results: Failover[] = []
    for (let n = 1; n <= trials; n++) {
      signal.throwIfAborted()
      const [victim, through] = n % 2 === 0 ? [team.lab.host(3), team.lab.host(1)] : [team.lab.host(2), team.lab.host(1)]
      const result = await failOver(team, await team.get<Deployment>('deployment', 'site'), victim, through, PORT)
      say(`cut ${String(n)}/${String(trials)}: no request failed after ${result.trafficMs.toFixed(0)} ms (${String(result.failed)} of ${String(result.requests)} did); all Ready after ${result.readyMs.toFixed(0)} ms`)
      results.push(result)
      await comeBack(team, victim)
      // So that the one that is cut next carries some.
      await team.kubectl(['rollout', 'restart', 'deployment/site'])
      await team.rolloutDone('site')
    }
    return results
  } finally {
    await team.down()
  }
}

async function swarm({ say, signal, trials = TRIALS }: BenchContext): Promise<number[]> {
  await using lab = await Lab.up({ hosts: SERVERS })
  const team = await SwarmTeam.start(lab.hosts, IMAGE, REPLICAS)
  const results: number[] = []
  for (let n = 1; n <= trials; n++) {
    signal.throwIfAborted()
    const victim = lab.host(n % 2 === 0 ? 3 : 2)
    results.push(await team.failOver(victim))
    say(`swarm ${String(n)}/${String(trials)}: all replicas run after ${results.at(-1)?.toFixed(0) ?? ''} ms`)
    await team.comeBack(victim)
  }
  return results
}

export default async function failover(context: BenchContext): Promise<Row[]> {
  const ours = await toque(context)
  const theirs = await swarm(context)
  const [traffic, ready] = [ours.map((r) => r.trafficMs), ours.map((r) => r.readyMs)]
  return [
    atMost('traffic.p50.ms', percentile(traffic, 0.5), 'ms', 1500),
    atMost('ready.p50.ms', percentile(ready, 0.5), 'ms', 5000),
    atMost('ready.max.ms', Math.max(...ready), 'ms', 8000),
    figure('traffic.max.ms', Math.max(...traffic), 'ms'),
    figure('requests', ours.reduce((sum, r) => sum + r.requests, 0), 'requests'),
    figure('requests.failed', ours.reduce((sum, r) => sum + r.failed, 0), 'requests'),
    figure('swarm.ready.p50.ms', percentile(theirs, 0.5), 'ms'),
    figure('swarm.ready.max.ms', Math.max(...theirs), 'ms'),
  ]
}
