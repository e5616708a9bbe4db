// The Kubernetes API over HTTPS, in a process of its own, from another one on the same machine: requests a second and what the slowest of them take, lists of
// 10,000 running pods, a hundred watchers, memory. Every create is on the disk before it is answered; a bare fdatasync loop on the same disk stands beside it,
// once with its writers in its own process (`create.fsync.ratio`, which has the aim) and once behind HTTPS for the same clients (`create.served.ratio`).
import { ApiProcess } from '../harness/api-process.ts'
import { bareFsync } from './api-load/bare-fsync.ts'
import { LoadClient, type Call } from './api-load/client.ts'
import { runningPod } from './api-load/running-pod.ts'
import { atLeast, atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const PODS = 10_000
const WRITERS = 64
const PLACE = '/api/v1/namespaces/default'
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

interface Pace {
  perSecond: number
  /** Milliseconds of each request. */
  took: number[]
}

/** Sends `count` calls from so many workers, one after the other each; all must succeed. */
async function pace(client: LoadClient, count: number, workers: number, call: (i: number) => Call): Promise<Pace> {
  const took: number[] = []
  let next = 0
  const begin = performance.now()
  await Promise.all(Array.from({ length: workers }, async () => {
    while (next < count) {
      const one = call(next++)
      const from = performance.now()
      await client.must(one)
      took.push(performance.now() - from)
    }
  }))
  return { perSecond: count / ((performance.now() - begin) / 1000), took }
}

const configMap = (i: number): Call => ({ method: 'POST', path: `${PLACE}/configmaps`, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c-${String(i)}`, labels: { app: 'bench' } }, data: { key: 'v'.repeat(400), n: String(i) } } })

async function makePods(client: LoadClient): Promise<void> {
  await pace(client, PODS, WRITERS, (i) => ({ method: 'POST', path: `${PLACE}/pods`, body: runningPod(i) }))
  await pace(client, PODS, WRITERS, (i) => {
    const { metadata, status } = runningPod(i)
    return { method: 'PATCH', path: `${PLACE}/pods/${metadata.name}/status`, contentType: 'application/merge-patch+json', body: { status } }
  })
}

/** Milliseconds from a write's sending until each of so many watchers has it, all of them for each of `writes`. */
async function fanOut(client: LoadClient, watchers: number, writes: number, signal: AbortSignal): Promise<number[]> {
  const delays: number[] = []
  const sent = new Map<string, number>()
  let missing = 0
  let all = (): void => undefined
  const onLine = (line: string): void => {
    const mark = /"bench-mark":"(\d+)"/.exec(line)?.[1]
    const at = mark === undefined ? undefined : sent.get(mark)
    if (at === undefined) return
    delays.push(performance.now() - at)
    if (--missing === 0) all()
  }
  const { metadata: { resourceVersion } } = JSON.parse((await client.must({ method: 'GET', path: `${PLACE}/pods?limit=1` })).toString()) as { metadata: { resourceVersion: string } }
  const ends = await Promise.all(Array.from({ length: watchers }, () => client.watch(`${PLACE}/pods?watch=true&resourceVersion=${resourceVersion}`, onLine)))
  try {
    for (let i = 0; i < writes; i++) {
      signal.throwIfAborted()
      missing = watchers
      const seen = new Promise<void>((resolve) => (all = resolve))
      const { metadata: { name } } = runningPod(i)
      sent.set(String(i), performance.now())
      await client.must({ method: 'PATCH', path: `${PLACE}/pods/${name}`, contentType: 'application/merge-patch+json', body: { metadata: { annotations: { 'bench-mark': String(i) } } } })
      await seen
    }
    return delays
  } finally {
    for (const end of ends) end()
  }
}

/** A list in pages, as kubectl asks for it. */
async function paged(client: LoadClient): Promise<void> {
  let token = ''
  do {
    const page = (await client.must({ method: 'GET', path: `${PLACE}/pods?limit=500&continue=${encodeURIComponent(token)}` })).subarray(0, 2_000).toString()
    token = /"continue":"([^"]*)"/.exec(page)?.[1] ?? ''
  } while (token !== '')
}

async function timed(times: number, run: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (let i = 0; i < times; i++) {
    const from = performance.now()
    await run()
    took.push(performance.now() - from)
  }
  return took
}

function paceRows(name: string, { perSecond, took }: Pace): Row[] {
  return [figure(`${name}.per.s`, perSecond, 'requests/s'), figure(`${name}.p50.ms`, percentile(took, 0.5), 'ms'), figure(`${name}.p99.ms`, percentile(took, 0.99), 'ms')]
}

/** How many ConfigMaps a second the bare loop takes over HTTPS, from the same writers. */
async function servedFsync(): Promise<number> {
  const server = await ApiProcess.start('e2e/bench/api-load/bare-serving.ts')
  const client = new LoadClient(server.kubeconfig, WRITERS)
  try {
    await pace(client, 2_000, WRITERS, configMap)
    return (await pace(client, 20_000, WRITERS, configMap)).perSecond
  } finally {
    client.close()
    await server.stop()
  }
}

/** Small objects, one after the other from many writers, beside a bare loop on the same disk. */
async function small({ client, server, say }: Stage): Promise<Row[]> {
  await pace(client, 2_000, WRITERS, (i) => configMap(1_000_000 + i))
  // As long as what is stored of one.
  const record = await client.must({ method: 'GET', path: `${PLACE}/configmaps/c-1000000` })
  const bare = (): Promise<number> => bareFsync(server.dir, { writers: WRITERS, record, ms: 2_000 })
  const before = await bare()
  const creates = await pace(client, 20_000, WRITERS, configMap)
  const bound = (before + await bare()) / 2
  const served = await servedFsync()
  say(`20,000 ConfigMaps, ${String(WRITERS)} writers: ${creates.perSecond.toFixed(0)} a second; a bare fdatasync loop keeps ${bound.toFixed(0)} records a second, over HTTPS ${served.toFixed(0)}`)
  const gets = await pace(client, 20_000, WRITERS, (i) => ({ method: 'GET', path: `${PLACE}/configmaps/c-${String(i)}` }))
  const patches = await pace(client, 10_000, WRITERS, (i) => ({ method: 'PATCH', path: `${PLACE}/configmaps/c-${String(i)}`, contentType: 'application/merge-patch+json', body: { data: { n: `new-${String(i)}` } } }))
  say(`gets ${gets.perSecond.toFixed(0)} a second, patches ${patches.perSecond.toFixed(0)} a second`)
  const [, ...times] = paceRows('create', creates)
  return [
    atLeast('create.per.s', creates.perSecond, 'requests/s', 2_000), atMost('create.fsync.ratio', bound / creates.perSecond, 'x', 3), figure('bare.fsync.per.s', bound, 'records/s'),
    figure('create.served.ratio', served / creates.perSecond, 'x'), figure('served.fsync.per.s', served, 'records/s'),
    ...times, ...paceRows('get', gets), ...paceRows('patch', patches),
  ]
}

/** Ten thousand running pods: lists of all of them, memory, and a hundred who watch them. */
async function large({ client, server, say, signal }: Stage): Promise<Row[]> {
  await makePods(client)
  const held = await server.mib()
  say(`${String(PODS)} running pods are there, in ${held.toFixed(0)} MiB`)
  const all: Call = { method: 'GET', path: `${PLACE}/pods` }
  const size = (await client.must(all)).length
  const full = await timed(100, () => client.must(all))
  const tables = await timed(20, () => client.must({ ...all, accept: TABLE }))
  const pages = await timed(20, () => paged(client))
  const memory = await server.mib()
  say(`a list is ${(size / 1e6).toFixed(1)} MB and takes ${percentile(full, 0.5).toFixed(0)} ms; ${memory.toFixed(0)} MiB after all lists`)
  const delays = await fanOut(client, 100, 200, signal)
  return [
    atMost('list10k.p99.ms', percentile(full, 0.99), 'ms', 250), figure('list10k.p50.ms', percentile(full, 0.5), 'ms'), figure('list10k.mb', size / 1e6, 'MB'),
    figure('list10k.table.p50.ms', percentile(tables, 0.5), 'ms'), figure('list10k.paged.p50.ms', percentile(pages, 0.5), 'ms'),
    atMost('pods10k.mib', memory, 'MiB', 300), figure('pods10k.before.lists.mib', held, 'MiB'),
    atMost('fanout.p99.ms', percentile(delays, 0.99), 'ms', 50), figure('fanout.p50.ms', percentile(delays, 0.5), 'ms'),
  ]
}

interface Stage extends BenchContext {
  server: ApiProcess
  client: LoadClient
}

export default async function api(context: BenchContext): Promise<Row[]> {
  const rows: Row[] = []
  for (const part of [small, large]) {
    context.signal.throwIfAborted()
    const server = await ApiProcess.start()
    const client = new LoadClient(server.kubeconfig, WRITERS + 136)
    try {
      rows.push(...await part({ ...context, server, client }))
    } finally {
      client.close()
      await server.stop()
    }
  }
  return rows
}
