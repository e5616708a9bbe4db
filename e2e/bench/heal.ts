// Healing, measured from outside the engine: by Docker's event stream, by the requests that reach Docker, and by requests to the pods and their Service.
// Side by side in one run: what Docker alone needs for the same work, and real Docker Swarm on a second server.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import { DockerLog, type DockerEvent } from '../harness/docker-log.ts'
import { DockerTap } from '../harness/docker-tap.ts'
import { docker, Floors } from '../harness/floors.ts'
import { Requests } from '../harness/requests.ts'
import { Swarm } from '../harness/swarm.ts'
import { Toque } from '../harness/toque.ts'
import { Lab } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { atMost, figure, percentile, type BenchContext, type Row } from './bench.ts'

const IMAGE = 'nginx'
const CONTAINER_TRIALS = 12
const SANDBOX_TRIALS = 9
const SWARM_TRIALS = 8
/** Between victims. They are taken in turn from three, so each has been up for three times as long: well over the 10 s after which a restart is at once. */
const PAUSE_MS = 4000
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: my-website }
spec:
  selector: { app: my-website }
  ports: [{ port: 80 }]
`

interface Pods {
  items: { metadata: { name: string; uid: string }; status: { podIP?: string } }[]
}

interface Series {
  detect: number[]
  started: number[]
  ready: number[]
}

/** One engine with the sample website on one server, and everything that watches it. */
class Website {
  readonly engine: Toque
  readonly #host: LabHost
  readonly #log: DockerLog
  readonly #tap: DockerTap
  #turn = 0

  constructor(host: LabHost, engine: Toque, log: DockerLog, tap: DockerTap) {
    this.#host = host
    this.engine = engine
    this.#log = log
    this.#tap = tap
  }

  async deploy(): Promise<void> {
    await this.engine.kubectl(['apply', '-f', join(repository, 'resources/samples/my-website.yaml')])
    await this.engine.apply(SERVICE)
    await this.engine.rolloutDone('my-website-deployment')
  }

  async pods(): Promise<Pods['items']> {
    const { items } = await this.engine.get<Pods>('pods', '--selector', 'app=my-website')
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }

  async serviceUrl(): Promise<string> {
    const service = await this.engine.get<{ spec: { clusterIP: string } }>('service', 'my-website')
    return `http://${service.spec.clusterIP}/`
  }

  /** Kills the next pod's container of one role with `docker kill`, and measures what follows. */
  async trial(role: 'app' | 'sandbox', into: Series, requests?: Requests): Promise<void> {
    const pods = await this.pods()
    const pod = pods[this.#turn++ % pods.length]
    if (pod === undefined) throw new Error('no pods')
    const victim = await this.#container(role, pod.metadata.uid)
    const from = this.#log.events.length
    const before = Date.now() // a request may fail before Docker says that the container died
    await docker(this.#host, 'kill', victim)
    const died = await this.#log.next(from, ({ action, id }) => action === 'die' && id === victim)
    // The replacement: the app container of this pod, or of the pod that takes its place.
    const isApp = ({ attributes }: DockerEvent): boolean => attributes[DockerLabel.role] === 'app'
    const back = await this.#log.next(from, (event) => event.action === 'start' && event.at > died.at && isApp(event))
    into.started.push(back.at - died.at)
    const reaction = this.#tap.requests.find(({ at, method, path }) => at >= Math.floor(died.at) && method === 'POST' && /\/containers\/(create|[0-9a-f]+\/(re)?start)/.test(path))
    if (reaction !== undefined) into.detect.push(reaction.at - died.at)
    if (requests !== undefined) into.ready.push((await this.#answersAgain(requests, pod.metadata.name, before)) - died.at)
    await this.engine.rolloutDone('my-website-deployment')
  }

  async #container(role: string, uid: string): Promise<string> {
    const filters = [`label=${DockerLabel.role}=${role}`, `label=${DockerLabel.podUid}=${uid}`].flatMap((label) => ['--filter', label])
    return docker(this.#host, 'ps', '--quiet', '--no-trunc', ...filters)
  }

  /** When the pod answered HTTP again after it was killed, milliseconds since the epoch. */
  async #answersAgain(requests: Requests, name: string, since: number): Promise<number> {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(5)) {
      const back = requests.backAt(name, since)
      if (back !== undefined) return back
    }
    throw new Error(`${name} does not answer again`)
  }
}

/** Toque, with the floors between its trials so that both meet the same moods of the machine. */
async function toque(host: LabHost, { say, signal }: BenchContext, rows: Row[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'toque-heal-'))
  const tap = await DockerTap.open(join(dir, 'docker.sock'), host.dockerSocket)
  const log = await DockerLog.open(host.dockerSocket)
  const engine = await Toque.start({ host, docker: tap.path })
  let requests: Requests | undefined
  try {
    const site = new Website(host, engine, log, tap)
    await site.deploy()
    const sandboxImage = await docker(host, 'ps', '--filter', `label=${DockerLabel.role}=sandbox`, '--format', '{{.Image}}')
    const floors = new Floors(host, IMAGE, sandboxImage.split('\n')[0] ?? '')
    const pods = await site.pods()
    const targets = Object.fromEntries(pods.map(({ metadata, status }) => [metadata.name, `http://${status.podIP ?? ''}/`]))
    requests = new Requests(host.onItsNetwork, { ...targets, service: await site.serviceUrl() })
    await sleep(10_000, undefined, { signal })
    const apps: Series = { detect: [], started: [], ready: [] }
    const sandboxes: Series = { detect: [], started: [], ready: [] }
    for (let n = 1; n <= CONTAINER_TRIALS; n++) {
      await site.trial('app', apps, requests)
      await floors.measure()
      say(`container ${n}/${CONTAINER_TRIALS}: started again after ${apps.started.at(-1)?.toFixed(0)} ms; docker run took ${floors.container.at(-1)?.toFixed(0)} ms`)
      await sleep(PAUSE_MS, undefined, { signal })
    }
    const totals = await requests.end()
    for (let n = 1; n <= SANDBOX_TRIALS; n++) {
      await site.trial('sandbox', sandboxes)
      await floors.measure()
      say(`sandbox ${n}/${SANDBOX_TRIALS}: the pod's container started after ${sandboxes.started.at(-1)?.toFixed(0)} ms; docker run of both took ${floors.pod.at(-1)?.toFixed(0)} ms`)
      await sleep(PAUSE_MS, undefined, { signal })
    }
    const [container, pod] = [percentile(apps.started, 0.5), percentile(sandboxes.started, 0.5)]
    const [containerFloor, podFloor] = [percentile(floors.container, 0.5), percentile(floors.pod, 0.5)]
    const service = totals.find(({ name }) => name === 'service')
    rows.push(
      atMost('detect.p95.ms', percentile([...apps.detect, ...sandboxes.detect], 0.95), 'ms', 100),
      atMost('container.ratio.p50', container / containerFloor, 'x', 1.3),
      atMost('pod.ratio.p50', pod / podFloor, 'x', 1.3),
      atMost('ready.p95.ms', percentile(apps.ready, 0.95), 'ms', 1000),
      figure('detect.p50.ms', percentile([...apps.detect, ...sandboxes.detect], 0.5), 'ms'),
      figure('container.p50.ms', container, 'ms'), figure('container.p95.ms', percentile(apps.started, 0.95), 'ms'),
      figure('container.floor.p50.ms', containerFloor, 'ms'),
      figure('pod.p50.ms', pod, 'ms'), figure('pod.p95.ms', percentile(sandboxes.started, 0.95), 'ms'),
      figure('pod.floor.p50.ms', podFloor, 'ms'),
      figure('ready.p50.ms', percentile(apps.ready, 0.5), 'ms'),
      figure('service.requests', service?.asked ?? 0, 'requests'), figure('service.failed', service?.failed ?? 0, 'requests'),
    )
  } finally {
    await requests?.end()
    await engine.stop()
    log.close()
    await tap.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Docker Swarm, with its defaults. */
async function swarm(host: LabHost, { say, signal }: BenchContext, rows: Row[]): Promise<void> {
  const team = await Swarm.start(host, IMAGE, 3)
  try {
    await sleep(10_000, undefined, { signal })
    const series: number[] = []
    for (let n = 1; n <= SWARM_TRIALS; n++) {
      series.push(await team.heal())
      say(`swarm ${n}/${SWARM_TRIALS}: a replacement after ${series.at(-1)?.toFixed(0)} ms`)
      await sleep(PAUSE_MS, undefined, { signal })
    }
    rows.push(figure('swarm.p50.ms', percentile(series, 0.5), 'ms'), figure('swarm.max.ms', Math.max(...series), 'ms'))
  } finally {
    team.close()
  }
}

export default async function heal(context: BenchContext): Promise<Row[]> {
  await using lab = await Lab.up({ hosts: 2 })
  const rows: Row[] = []
  context.say('Toque and the floors, on one server')
  await toque(lab.host(1), context, rows)
  // Not at the same time: the two would take each other's processor.
  context.say('Docker Swarm, on another')
  await swarm(lab.host(2), context, rows)
  return rows
}
