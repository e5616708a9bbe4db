import { eventually } from '../../harness/containers.ts'
import type { Node, Pod, ReplicationController, Service, ServicePort } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { watchUntil, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { forever, podOf, runningPod, type PodManifest, type PodOptions } from '../framework/pods.ts'

/** What says on `/` which pod it is, and echoes by UDP after its name, on the port that `PORT` says. */
export const SERVER = 'toque/testapp'
/** How long upstream waits until all that should answer have. */
const ALL_ANSWER_MS = 60_000

/** A pod that says its name on some ports, by HTTP and UDP. `ports`: what its containers declare, one container each. */
export function serverPod(name: string, ports: readonly { containerPort: number; name?: string; protocol?: string; hostPort?: number; hostIP?: string }[], options: PodOptions = {}): PodManifest {
  return podOf(name, { ...options, containers: ports.map((port) => ({ image: SERVER, env: [{ name: 'PORT', value: String(port.containerPort) }], ports: [port], readinessProbe: { tcpSocket: { port: port.containerPort }, periodSeconds: 1 } })) })
}

/** Runs `replicas` servers on a port under the name of a Service; resolves when they are ready. */
export async function servers(f: Framework, name: string, replicas: number, port: number): Promise<Pod[]> {
  const { spec } = serverPod(name, [{ containerPort: port }])
  await f.client.create<ReplicationController>(f.core('replicationcontrollers'), {
    apiVersion: 'v1', kind: 'ReplicationController', metadata: { name }, spec: { replicas, selector: { name }, template: { metadata: { labels: { name } }, spec } },
  })
  await watchUntil<ReplicationController>(f, f.core('replicationcontrollers'), { fieldSelector: `metadata.name=${name}` }, ({ object }) => object.status?.readyReplicas === replicas, `${String(replicas)} of ${name} ready`, 120_000)
  const { items } = await f.client.get<{ items: Pod[] }>(f.core('pods'), { labelSelector: `name=${name}` })
  return items.filter(isPodReady)
}

export function service(name: string, spec: Partial<NonNullable<Service['spec']>>, labels?: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, ...(labels === undefined ? {} : { labels }) }, spec }
}

export function createService(f: Framework, name: string, spec: Partial<NonNullable<Service['spec']>>): Promise<Service> {
  return f.client.create<Service>(f.core('services'), service(name, spec))
}

/** Changes a Service as upstream's tests do: read, change, replace. */
export async function changeService(f: Framework, name: string, change: (spec: NonNullable<Service['spec']>) => void): Promise<Service> {
  const read = await f.client.get<Service>(f.core('services', name))
  change(read.spec)
  return f.client.replace<Service>(f.core('services', name), read)
}

/** A pod to ask from: it has a shell, curl, and at its own port 8080 one that asks by UDP. */
export async function asker(f: Framework, name: string, options: PodOptions = {}, port = 8080): Promise<string> {
  await runningPod(f, podOf(name, { ...options, containers: [forever(), { image: SERVER, env: [{ name: 'PORT', value: String(port) }] }] }))
  return name
}

/** Runs a script in a pod; what it wrote. Rejects when it fails. */
export function within(f: Framework, pod: string, script: string, container = 'c0'): Promise<string> {
  return f.kubectl(['exec', pod, '-c', container, '--', 'sh', '-c', script])
}

/** Which pod answers there by HTTP; '' when nobody does. */
export async function answering(f: Framework, from: string, to: string): Promise<string> {
  return (await answers(f, from, to, 1))[0] ?? ''
}

/** Who answers there by HTTP, asked so often; '' where nobody did. Connections are not kept. */
export async function answers(f: Framework, from: string, to: string, times: number): Promise<string[]> {
  const said = await within(f, from, `for i in $(seq ${String(times)}); do curl -s -g --connect-timeout 2 -m 5 http://${to}/ || echo; done`)
  return said.trimEnd().split('\n').map((line) => /"hostname":"([^"]*)"/.exec(line)?.[1] ?? '')
}

/** Which pod answers there by UDP; '' when nobody does. `to`: an address and port. */
export async function answeringByUdp(f: Framework, from: string, to: string, port = 8080): Promise<string> {
  const said = await within(f, from, `curl -s 'http://127.0.0.1:${String(port)}/udp?to=${to}&text=hello'`)
  return / hello$/.test(said) ? said.split(' ')[0] ?? '' : ''
}

/** Waits until all of `names`, and nobody else, answer where `ask` asks. */
export async function allAnswer(names: readonly string[], what: string, ask: () => Promise<string[]>): Promise<void> {
  const seen = new Set<string>()
  await eventually(`${what}: all of ${names.join(', ')}`, async () => {
    for (const name of await ask()) {
      if (name === '') continue
      if (!names.includes(name)) throw new Error(`${what}: ${name} answered, which should not`)
      seen.add(name)
    }
    return seen.size === names.length
  }, ALL_ANSWER_MS)
}

/** A Service answers by its name and its address, and on its node ports at the addresses of all nodes: what upstream calls reachable. */
export async function reachable(f: Framework, from: string, name: string, pods: readonly string[]): Promise<void> {
  const { spec } = await f.client.get<Service>(f.core('services', name))
  for (const port of spec.ports ?? []) {
    await allAnswer(pods, `${name}:${String(port.port)}`, () => answers(f, from, `${name}:${String(port.port)}`, 5))
    await allAnswer(pods, `${spec.clusterIP ?? ''}:${String(port.port)}`, () => answers(f, from, `${spec.clusterIP ?? ''}:${String(port.port)}`, 5))
    if (port.nodePort !== undefined) for (const ip of await nodeAddresses(f)) await allAnswer(pods, `${ip}:${String(port.nodePort)}`, () => answers(f, from, `${ip}:${String(port.nodePort)}`, 5))
  }
}

export async function nodeAddresses(f: Framework): Promise<string[]> {
  return (await nodesOf(f)).map(addressOfNode)
}

export function addressOfNode({ status }: Node): string {
  return status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
}

/** What must be so of a Service of a type, whatever it was before. Upstream's sanity check. */
export function sanityOf({ spec }: Service): object {
  return { type: spec.type, externalName: spec.externalName !== undefined, clusterIP: spec.clusterIP !== undefined && spec.clusterIP !== '', nodePorts: (spec.ports ?? []).map((port: ServicePort) => port.nodePort !== undefined && port.nodePort !== 0) }
}
