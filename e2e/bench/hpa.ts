// Autoscaling under real load: a web app that burns processor goes from 3 pods towards 10 while its average is over 70 %, and back to 3. And what it costs
// to measure every second, which is done while there is an autoscaler.
import { setTimeout as sleep } from 'node:timers/promises'
import type { HorizontalPodAutoscaler } from '../../src-main/common/kube/generated/autoscaling-v2.ts'
import { autoscaledApp, burningLoad, followAutoscaler, type Look } from '../harness/autoscaled.ts'
import { processorOf, processTree } from '../harness/processes.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { processesOf } from '../lab/cgroups.ts'
import { atLeast, atMost, figure, type BenchContext, type Row } from './bench.ts'

const APP = { name: 'burner', nodePort: 30080, requestMilli: 80, windowS: 15, syncS: 5 }
/** 70 % of the requests of nine pods and a half. */
const LOAD_MILLI = 530
const REST_MS = 30_000

/** Percent of one core that the engine, and the server with all its containers, use while nothing is asked of them. */
async function atRest({ toque, lab }: Site, signal: AbortSignal): Promise<{ engine: number; server: number }> {
  const read = async (): Promise<[number, number]> => [await processorOf(await processTree(toque.pid)), await processorOf(await processesOf(lab.id))]
  const before = await read()
  const begin = performance.now()
  await sleep(REST_MS, undefined, { signal })
  const after = await read()
  const share = (i: 0 | 1): number => ((after[i] - before[i]) / (performance.now() - begin)) * 100_000
  return { engine: share(0), server: share(1) }
}

export default async function hpa({ say, signal }: BenchContext): Promise<Row[]> {
  const site = await siteUp()
  try {
    await site.toque.apply(autoscaledApp(APP))
    await site.toque.rolloutDone(APP.name)
    const look = (): Promise<HorizontalPodAutoscaler> => site.toque.get<HorizontalPodAutoscaler>('hpa', APP.name)
    const follow = (until: (look: Look) => boolean): Promise<Look[]> => {
      signal.throwIfAborted()
      return followAutoscaler(look, until, { everyMs: 1000, limitMs: 180_000, since: performance.now(), say })
    }
    say('let be until it is measured')
    await follow((l) => l.utilization !== undefined && l.utilization < 20)
    say(`${String(LOAD_MILLI)} millicores of load; each pod asks for ${String(APP.requestMilli)}`)
    const load = burningLoad(site.host.address, APP.nodePort, LOAD_MILLI)
    let up: Look[]
    try {
      up = await follow((l) => l.current >= 9 && l.current === l.desired && l.utilization !== undefined && l.utilization < 85)
    } finally {
      const { requests, failed } = await load.stop()
      say(`the load is over: ${String(requests)} requests, ${String(failed)} failed`)
    }
    const down = await follow((l) => l.current === 3 && l.desired === 3)
    say('at rest, with its autoscaler and without')
    await sleep(10_000, undefined, { signal })
    const measuring = await atRest(site, signal)
    await site.toque.kubectl(['delete', 'hpa', APP.name])
    await sleep(10_000, undefined, { signal })
    const without = await atRest(site, signal)
    return [
      atLeast('hpa.most.pods', Math.max(...up.map((l) => l.current)), 'pods', 9),
      atMost('hpa.first.decision.s', up.find((l) => l.desired > 3)?.at ?? Infinity, 's', 30),
      figure('hpa.up.s', up.find((l) => l.current >= 9)?.at ?? Infinity, 's'),
      atMost('hpa.back.s', down.at(-1)?.at ?? Infinity, 's', 120),
      atMost('measuring.engine.core.pct', measuring.engine - without.engine, '% of a core', 1),
      figure('measuring.server.core.pct', measuring.server - without.server, '% of a core'),
      figure('rest.engine.core.pct', without.engine, '% of a core'), figure('rest.server.core.pct', without.server, '% of a core'),
    ]
  } finally {
    await site.down()
  }
}
