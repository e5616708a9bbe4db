// What a Service costs: requests a second and processor time a request, against the pods' own addresses and against HAProxy (TCP) before the same pods,
// on one server and across two. Processor time is the lab's own (see `cpuUsedMs`), so what else runs on the machine does not count.
import type { Pod, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import { Team } from '../harness/team.ts'
import { wrk } from '../harness/wrk.ts'
import { cpuUsedMs } from '../lab/cgroups.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const IMAGE = 'nginx:1.22'
const ENDPOINTS = 3
const ROUNDS = 5
const SECONDS = 2
const THREADS = 3
const CONNECTIONS = 12
const BIG_MIB = 64
const PROXY_PORTS = { same: 18080, across: 18081 } as const
const PLACES = ['same', 'across'] as const
const MODES = ['keepalive', 'new'] as const
/** `pod`: one pod's own address. `pods`: all three by their own addresses, a thread each: as many endpoints as behind the Service, and no Service. */
const WAYS = ['pod', 'pods', 'service', 'haproxy'] as const
/** One connection has one pod at its end. */
const BIG_WAYS = ['pod', 'service', 'haproxy'] as const
type Place = (typeof PLACES)[number]
type Way = (typeof WAYS)[number]

/** Without a log line for each request, which Docker would have to carry. */
const CONFIG = 'server { listen 80; access_log off; keepalive_requests 1000000; location / { root /usr/share/nginx/html; } }\n'

function objects(name: string, server: string, replicas: number): object[] {
  const labels = { app: name }
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: {
      nodeSelector: { 'kubernetes.io/hostname': server }, volumes: [{ name: 'conf', configMap: { name: 'quiet' } }],
      containers: [{ name: 'web', image: IMAGE, volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/conf.d' }], readinessProbe: { httpGet: { path: '/', port: 80 } } }],
    } } } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port: 80 }] } },
  ]
}

/** Two servers: a client and three pods on the first, three pods on the second; a Service each; HAProxy on the first. */
class Bench {
  readonly #team: Team
  readonly #here: LabHost
  readonly #targets: Record<Place, Record<Way, string[]>>
  readonly #client: number

  private constructor(team: Team, targets: Record<Place, Record<Way, string[]>>, client: number) {
    this.#team = team
    this.#here = team.lab.host(1)
    this.#targets = targets
    this.#client = client
  }

  static async on(team: Team): Promise<Bench> {
    const [here, there] = [team.lab.host(1), team.lab.host(2)]
    await team.apply({ apiVersion: 'v1', kind: 'List', items: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'quiet' }, data: { 'default.conf': CONFIG } },
      ...objects('same', here.name, ENDPOINTS), ...objects('across', there.name, ENDPOINTS), ...objects('client', here.name, 1),
    ] })
    const targets: Partial<Record<Place, Record<Way, string[]>>> = {}
    for (const name of [...PLACES, 'client']) await team.rolloutDone(name)
    for (const place of PLACES) {
      const { items } = await team.get<{ items: Pod[] }>('pods', '-l', `app=${place}`)
      const { spec } = await team.get<Service>('service', place)
      const pods = items.map((p) => `${p.status?.podIP ?? ''}:80`)
      for (const pod of items) await team.kubectl(['exec', pod.metadata.name, '--', 'dd', 'if=/dev/zero', 'of=/usr/share/nginx/html/big', 'bs=1M', `count=${String(BIG_MIB)}`])
      targets[place] = { pod: pods.slice(0, 1), pods, service: [`${spec?.clusterIP ?? ''}:80`], haproxy: [`${here.address}:${String(PROXY_PORTS[place])}`] }
    }
    const all = targets as Record<Place, Record<Way, string[]>>
    await here.exec(['sh', '-c', 'cat >/run/haproxy.cfg && haproxy -D -f /run/haproxy.cfg'], { input: haproxyConfig(all) })
    const client = (await team.containers(here).of('client', { role: 'app' }))[0]
    if (client === undefined) throw new Error('no client')
    return new Bench(team, all, client.pid)
  }

  /** One run: requests a second, and milliseconds of processor time a request. */
  async requests(place: Place, way: Way, fresh: boolean): Promise<{ perSecond: number; cpuMs: number }> {
    const before = await cpuUsedMs(this.#team.lab.id)
    const { requests, seconds, failed } = await wrk(this.#here, { onNetworkOf: this.#client, targets: this.#targets[place][way], seconds: SECONDS, threads: THREADS, connections: CONNECTIONS, fresh })
    const used = (await cpuUsedMs(this.#team.lab.id)) - before
    if (failed > 0) throw new Error(`${String(failed)} of ${String(requests)} requests failed (${place}, ${way})`)
    return { perSecond: requests / seconds, cpuMs: used / requests }
  }

  /** One big file: MB a second. */
  async transfer(place: Place, way: Way): Promise<number> {
    const url = `http://${this.#targets[place][way][0] ?? ''}/big`
    const { stdout } = await this.#here.exec(['nsenter', '--target', String(this.#client), '--net', '--', 'curl', '-sS', '-m', '60', '-o', '/dev/null', '-w', '%{speed_download} %{size_download}', url])
    const [speed = 0, size = 0] = stdout.split(' ').map(Number)
    if (size !== BIG_MIB * 2 ** 20) throw new Error(`${url} gave ${String(size)} bytes`)
    return speed / 1e6
  }
}

function haproxyConfig(targets: Record<Place, Record<Way, string[]>>): string {
  const part = (place: Place): string => `listen ${place}\n  bind 0.0.0.0:${String(PROXY_PORTS[place])}\n  balance roundrobin\n${targets[place].pods.map((at, i) => `  server s${String(i)} ${at}\n`).join('')}`
  return `global\n  maxconn 2000\n  nbthread 1\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n${PLACES.map(part).join('')}`
}

/** Values of one figure, a round each, by its name. */
class Series {
  readonly #values = new Map<string, number[]>()

  add(name: string, value: number): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }

  median(name: string): number {
    return percentile(this.#values.get(name) ?? [], 0.5)
  }
}

export default async function network({ say, signal, trials = ROUNDS }: BenchContext): Promise<Row[]> {
  const team = await Team.up(2)
  try {
    const bench = await Bench.on(team)
    const series = new Series()
    for (let round = 0; round <= trials; round++) {
      for (const place of PLACES) {
        for (const mode of MODES) {
          // Ratios are within a round, so that all ways meet the same mood of the machine; their order turns, so that none is always the first.
          const [cpu, rps] = [new Map<Way, number>(), new Map<Way, number>()]
          for (const way of turned(WAYS, round)) {
            signal.throwIfAborted()
            const { perSecond, cpuMs } = await bench.requests(place, way, mode === 'new')
            cpu.set(way, cpuMs)
            rps.set(way, perSecond)
          }
          // The first round warms up.
          if (round === 0) continue
          for (const way of WAYS) {
            series.add(`rps ${way}.${place}.${mode}`, rps.get(way) ?? Number.NaN)
            for (const base of ['pod', 'pods'] as const) {
              series.add(`cpu ${way}/${base}.${place}.${mode}`, quotient(cpu, way, base))
              series.add(`rps ${way}/${base}.${place}.${mode}`, quotient(rps, way, base))
            }
          }
          say(`round ${String(round)}/${String(trials)}, ${place}, ${mode}: ${WAYS.map((way) => `${way} ${((cpu.get(way) ?? 0) * 1000).toFixed(0)}`).join(', ')} us of processor a request`)
        }
        if (round === 0) continue
        const speed = new Map<Way, number>()
        for (const way of turned(BIG_WAYS, round)) speed.set(way, await bench.transfer(place, way))
        for (const way of BIG_WAYS) {
          series.add(`MBps ${way}.${place}`, speed.get(way) ?? Number.NaN)
          series.add(`MBps ${way}/pod.${place}`, quotient(speed, way, 'pod'))
        }
      }
    }
    return rows(series)
  } finally {
    await team.down()
  }
}

function quotient(of: ReadonlyMap<Way, number>, way: Way, base: Way): number {
  return (of.get(way) ?? Number.NaN) / (of.get(base) ?? Number.NaN)
}

function turned<T>(list: readonly T[], by: number): T[] {
  return list.map((_, i) => list[(i + by) % list.length] as T)
}

function rows(series: Series): Row[] {
  const worst = Math.max(...MODES.map((mode) => series.median(`cpu service/pod.across.${mode}`)))
  const ratio = (name: string, of: string): Row => figure(name, series.median(of), 'x')
  return [
    atMost('service.cpu.ratio', worst, 'x', 1.3),
    ...PLACES.flatMap((place) => MODES.flatMap((mode) => [
      ratio(`service.cpu.ratio.${place}.${mode}`, `cpu service/pod.${place}.${mode}`),
      // The price of the Service alone: the other side has three pods, too.
      ratio(`service.cpu.ratio.to.three.${place}.${mode}`, `cpu service/pods.${place}.${mode}`),
      ratio(`haproxy.cpu.ratio.${place}.${mode}`, `cpu haproxy/pod.${place}.${mode}`),
      ratio(`service.rps.ratio.to.three.${place}.${mode}`, `rps service/pods.${place}.${mode}`),
      ratio(`haproxy.rps.ratio.to.three.${place}.${mode}`, `rps haproxy/pods.${place}.${mode}`),
      ...WAYS.map((way) => figure(`${way}.rps.${place}.${mode}`, series.median(`rps ${way}.${place}.${mode}`), 'requests/s')),
    ])),
    ...PLACES.flatMap((place) => [
      ratio(`service.MBps.ratio.${place}`, `MBps service/pod.${place}`), ratio(`haproxy.MBps.ratio.${place}`, `MBps haproxy/pod.${place}`),
      ...BIG_WAYS.map((way) => figure(`${way}.MBps.${place}`, series.median(`MBps ${way}.${place}`), 'MB/s')),
    ]),
  ]
}
