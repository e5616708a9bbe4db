import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComposeModel } from '../../src-main/common/compose/forms/file.ts'
import { readCompose } from '../../src-main/common/compose/read.ts'
import { pathText } from '../../src-main/common/compose/schema/words.ts'
import type { Problem } from '../../src-main/common/contract/index.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import type { Path } from '../../src-main/common/yaml/place.ts'
import { leavesOf, valueAt } from '../../src-main/convert/report.ts'
import { asNamed, byName, expectComplete, MANIFEST_SETS, meantByName } from '../../src-main/convert/testing/fixtures.ts'
import { broken } from '../../src-main/convert/testing/same.ts'
import { kubernetesToCompose } from '../../src-main/convert/to-compose/convert.ts'
import { declaredAmong } from '../../src-main/convert/to-compose/meant.ts'
import type { Manifest } from '../../src-main/convert/to-kubernetes/convert.ts'
import { composeToKubernetes } from '../../src-main/convert/to-kubernetes/convert.ts'
import { openLocalHost } from '../../src-main/hosts/local-host.ts'
import { applyStack } from '../../src-main/swarm/stack/apply/apply.ts'
import { readSwarm } from '../../src-main/swarm/stack/live-stack.ts'
import { SwarmApi } from '../../src-main/swarm/docker/swarm-api.ts'
import { readBack } from '../../src-main/swarm/stack/read-back/read-back.ts'
import { stackOf } from '../../src-main/swarm/stack/stack-of.ts'
import { eventually } from '../harness/containers.ts'
import { docker as dockerTool } from '../harness/floors.ts'
import { Kubectl } from '../harness/kubectl.ts'
import { siteUp, type Site } from '../harness/site.ts'
import { kubectl132 } from '../lab/tools.ts'

// Between Compose and Kubernetes and back, while it runs: on the engine with real containers, looked at from inside, and on a real Swarm. (Every file runs on simulated servers in scale/round-trips.test.ts.)

let site: Site
beforeAll(async () => {
  site = await siteUp()
})
afterAll(() => site?.down())

const FOREVER = 'trap exit TERM; while :; do sleep 0.1; done'
const sh = (script: string): string => `command: [sh, -c, ${JSON.stringify(`${script.replaceAll('$', '$$$$')}; ${FOREVER}`)}]`

/** One Compose file, as it runs. */
class Trip {
  readonly kubectl: Kubectl
  readonly namespace: string
  readonly model: ComposeModel
  readonly #there: ReturnType<typeof composeToKubernetes>

  constructor(namespace: string, text: string) {
    const { model, problems } = readCompose(text)
    expect(problems).toEqual([])
    if (model === undefined) throw new Error('no model')
    this.namespace = namespace
    this.model = model
    this.#there = composeToKubernetes(model, { files: { './token': 's3cret' } })
    this.kubectl = new Kubectl(site, kubectl132(), namespace)
  }

  async start(): Promise<void> {
    await this.kubectl.ok('create', 'namespace', this.namespace)
    await this.kubectl.done(['apply', '-f', '-'], { input: this.#there.manifests })
  }

  async ready(): Promise<void> {
    const pods = (): Promise<Pod[]> => this.kubectl.get<{ items: Pod[] }>('pods').then(({ items }) => items)
    await eventually(`pods of ${this.namespace}`, async () => (await pods()).length >= Object.keys(this.model.services).length)
    await this.kubectl.ok('wait', '--for=condition=Ready', '--timeout=90s', 'pods', '--selector', 'app!=once')
  }

  async in(service: string, script: string): Promise<string> {
    const [pod] = (await this.kubectl.get<{ items: Pod[] }>('pods', '--selector', `app=${service}`)).items
    return (await this.kubectl.ok('exec', pod?.metadata.name ?? service, '--', 'sh', '-c', script)).trim()
  }

  /** Reads back what is there and holds it against the report. */
  async holds(): Promise<void> {
    const kinds = 'deployments,statefulsets,daemonsets,jobs,cronjobs,services,configmaps,secrets,persistentvolumeclaims,serviceaccounts,replicasets,pods,endpointslices,ingresses,networkpolicies,horizontalpodautoscalers'
    const { items } = await this.kubectl.get<{ items: Manifest[] }>(kinds)
    const declared = declaredAmong(items)
    const back = kubernetesToCompose(declared)
    expect(broken(this.model, back.model, this.#there.report)).toEqual([])
    expectComplete(meantByName(declared), back.report)
    expect(Object.keys(back.model.services).sort()).toEqual(Object.keys(this.model.services).sort())
    expect(back.report.filter(({ verdict, field }) => verdict === 'lost' && !/PersistentVolumeClaim|volumeClaimTemplates/.test(field))).toEqual([])
  }
}

test('Compose files on the engine, with real containers: they behave as the file says, and what is read back is what the report promises', async () => {
  const trips = {
    env: new Trip('env', `services: {app: {image: "busybox:1.35", environment: {PRICE: "$$5", EMPTY: "", TEMPLATE: "$$(PRICE)"}, working_dir: /srv, hostname: box, extra_hosts: ["far.local:10.9.8.7"], ${sh('echo $PRICE > /tmp/said')}}}`),
    files: new Trip('files', `services: {app: {image: "busybox:1.35", configs: [{source: conf, target: /etc/app.conf, mode: 0400}], secrets: [token, {source: token, target: /etc/token}], ${sh('true')}}}\nconfigs: {conf: {content: "a = 1\\n"}}\nsecrets: {token: {file: ./token}}`),
    ports: new Trip('ports', 'services: {web: {image: nginx, ports: ["30081:80", {target: 80, published: 8089, mode: host}]}}'),
    user: new Trip('user', `services: {app: {image: "busybox:1.35", user: "1000:1001", group_add: ["33"], read_only: true, tmpfs: [/tmp], cap_drop: [ALL], security_opt: ["no-new-privileges:true"], ${sh('true')}}}`),
    health: new Trip('health', `services: {app: {image: "busybox:1.35", healthcheck: {test: ["CMD", "cat", "/tmp/well"], interval: 1s, retries: 60}, post_start: [{command: [touch, /tmp/hooked]}], ${sh('sleep 1; touch /tmp/well')}}}`),
    shared: new Trip('shared', `services: {writer: {image: "busybox:1.35", volumes: ["both:/data"], ${sh('echo hello > /data/it')}}, reader: {image: "busybox:1.35", volumes: ["both:/data:ro"], depends_on: [writer], ${sh('true')}}}\nvolumes: {both: }`),
    data: new Trip('data', `services: {db: {image: "busybox:1.35", volumes: ["rows:/rows"], deploy: {replicas: 2, labels: {owner: me}}, stop_grace_period: 3s, ${sh('hostname > /rows/who')}}}\nvolumes: {rows: }`),
    job: new Trip('job', 'services: {once: {image: "busybox:1.35", command: [sh, -c, "echo done-it"], deploy: {mode: replicated-job, replicas: 1, restart_policy: {condition: none}}}}'),
    names: new Trip('names', `services: {web: {image: nginx, expose: ["80"], networks: {front: {aliases: [site]}}, deploy: {resources: {limits: {memory: 64M}, reservations: {memory: 32M}}, update_config: {order: start-first}}}, client: {image: "busybox:1.35", networks: [front], ${sh('true')}}}\nnetworks: {front: }`),
  }
  await Promise.all(Object.values(trips).map((trip) => trip.start()))
  const { env, files, ports, user, health, shared, data, job, names } = trips
  await Promise.all([env, files, ports, user, health, shared, data, names].map((trip) => trip.ready()))

  expect(await env.in('app', 'cat /tmp/said; echo "[$EMPTY]$TEMPLATE $PWD $(hostname)"; grep far.local /etc/hosts')).toMatch(/^\$5\n\[\]\$\(PRICE\) \/srv box\n10\.9\.8\.7\s+far\.local$/)
  expect(await files.in('app', 'cat /etc/app.conf /run/secrets/token /etc/token; stat -Lc %a /etc/app.conf')).toBe('a = 1\ns3crets3cret400')
  const curl = async (port: number): Promise<string> => (await site.host.exec(['curl', '-sS', '--max-time', '5', `http://127.0.0.1:${String(port)}/`])).stdout
  await eventually('both ports', async () => /nginx/i.test(await curl(8089)) && /nginx/i.test((await site.host.exec(['curl', '-sS', '--max-time', '5', `http://${site.host.address}:30081/`])).stdout))
  expect(await user.in('app', 'id -u; id -g; id -G; touch /tmp/x && echo tmp; touch /x || echo sealed; grep NoNewPrivs /proc/self/status')).toMatch(/^1000\n1001\n1001 33\ntmp\n(.*\n)?sealed\nNoNewPrivs:\s+1$/)
  expect(await health.in('app', 'ls /tmp')).toBe('hooked\nwell')
  await eventually('the shared file', async () => await shared.in('reader', 'cat /data/it') === 'hello')
  expect(await shared.in('reader', 'touch /data/x || echo read-only')).toContain('read-only')
  expect(await data.in('db', 'cat /rows/who')).toBe('db-0')
  await job.kubectl.ok('wait', '--for=condition=Complete', '--timeout=60s', 'job/once')
  expect(await job.kubectl.ok('logs', 'job/once')).toBe('done-it\n')
  await eventually('the alias', async () => (await names.in('client', 'wget -q -O - http://site/ || true')).toLowerCase().includes('nginx'))
  for (const trip of Object.values(trips)) await trip.holds()
})

describe('Kubernetes manifests on a real Swarm', () => {
  test('come back from what the managers keep, but for what the reports name', async () => {
    const tool = (...words: string[]): Promise<string> => dockerTool(site.host, ...words)
    await tool('swarm', 'init', '--advertise-addr', site.host.address)
    // What is kept is looked at, not what runs.
    await tool('node', 'update', '--availability', 'drain', (await tool('node', 'ls', '--quiet')).trim())
    const { docker } = openLocalHost({ socketPath: site.host.dockerSocket })
    const { ApiVersion: api } = await docker.version()
    const trips = []
    for (const [i, objects] of MANIFEST_SETS.entries()) {
      const there = kubernetesToCompose(objects)
      const { name: _, ...whole } = readCompose(there.compose).model ?? there.model
      const stack = `trip${String(i)}`
      const refused = stackOf(whole, stack, { files: there.files, api })
      const reading = stackOf(without(whole, fieldsOf(refused.problems)), stack, { files: there.files, api })
      expect(reading.problems.filter(({ severity }) => severity === 'error')).toEqual([])
      for (const { kind, name } of reading.stack.external) await tool(kind, 'create', name, '/etc/hostname')
      await applyStack(docker, reading, { resolveImage: 'never' })
      trips.push({ objects, there, stack, whole, named: [...fieldsOf(refused.problems), ...refused.ignored.flatMap(({ field }) => field ?? [])] })
    }
    const swarm = await readSwarm(new SwarmApi(docker))
    for (const { objects, there, stack, whole, named } of trips) {
      const back = readBack(swarm, stack)
      expect({ [stack]: back.lost }).toEqual({ [stack]: [] })
      // What the stack's own report says it leaves out is given again, and secrets, whose content cannot be read from a swarm.
      const given = { ...withAgain(back.model, whole, named), ...(whole.secrets === undefined ? {} : { secrets: whole.secrets }) }
      // One replica is what nothing said means.
      for (const [name, service] of Object.entries(given.services)) if (whole.services[name]?.deploy?.replicas === 1) service.deploy = { replicas: 1, ...service.deploy }
      const again = composeToKubernetes(given, { files: there.files })
      expect({ [stack]: broken(byName(objects), asNamed(objects, again.objects), there.report) }).toEqual({ [stack]: [] })
    }
  })
})

const fieldsOf = (problems: readonly Problem[]): string[] => problems.flatMap(({ severity, field }) => (severity === 'error' && field !== undefined ? [field] : []))

/** A model without some fields. */
function without(model: ComposeModel, fields: readonly string[]): ComposeModel {
  const walk = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => walk(item, [...path, i]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).filter(([key]) => !fields.includes(pathText([...path, key]))).map(([key, item]) => [key, walk(item, [...path, key])]))
  }
  return walk(model, []) as ComposeModel
}

/** A model with some fields of another in their places again. */
function withAgain(model: ComposeModel, from: ComposeModel, fields: readonly string[]): ComposeModel {
  const copy = structuredClone(model)
  for (const path of leavesOf(from)) {
    const length = path.findIndex((_, i) => fields.includes(pathText(path.slice(0, i + 1)))) + 1
    if (length === 0) continue
    let at = copy as unknown as Record<string | number, unknown>
    for (const step of path.slice(0, length - 1)) at = (at[step] ??= {}) as Record<string | number, unknown>
    at[path[length - 1] ?? ''] = valueAt(from, path.slice(0, length))
  }
  return copy
}
