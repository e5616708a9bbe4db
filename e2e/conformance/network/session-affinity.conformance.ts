import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { answers, asker, changeService, createService, nodeAddresses, reachable, servers } from './servers.ts'

/** Two dozen questions one after the other, each by a program of its own. */
const LIMIT_MS = 300_000
/** So many answers by one pod are no chance: of three, once in 14 million times. */
const IN_A_ROW = 15

/** Does a client stay with one pod, or not: waits until it is as wanted. */
async function affinity(f: Framework, from: string, to: string, holds: boolean): Promise<void> {
  await eventually(`${to} ${holds ? 'keeps a client with one pod' : 'sends a client to any pod'}`, async () => {
    const got = await answers(f, from, to, IN_A_ROW)
    return !got.includes('') && (new Set(got).size === 1) === holds
  })
}

async function affinityOf(f: Framework, name: string, type: 'ClusterIP' | 'NodePort', switches: boolean): Promise<void> {
  const made = await createService(f, name, { type, sessionAffinity: 'ClientIP', selector: { name }, ports: [{ port: 80, targetPort: 9376 }] })
  const pods = await servers(f, name, 3, 9376)
  const from = await asker(f, 'execpod-affinity')
  const to = type === 'ClusterIP' ? [`${made.spec.clusterIP ?? ''}:80`] : (await nodeAddresses(f)).map((ip) => `${ip}:${String(made.spec.ports?.[0]?.nodePort)}`)
  for (const at of to) await affinity(f, from, at, true)
  if (!switches) return
  await changeService(f, name, (spec) => { spec.sessionAffinity = 'None' })
  for (const at of to) await affinity(f, from, at, false)
  await reachable(f, from, name, pods.map(({ metadata }) => metadata.name))
  await changeService(f, name, (spec) => { spec.sessionAffinity = 'ClientIP' })
  for (const at of to) await affinity(f, from, at, true)
}

conformance('[sig-network] Services should have session affinity work for service with type clusterIP [LinuxOnly]', (f) => affinityOf(f, 'affinity-clusterip', 'ClusterIP', false), LIMIT_MS)
conformance('[sig-network] Services should be able to switch session affinity for service with type clusterIP [LinuxOnly]', (f) => affinityOf(f, 'affinity-clusterip-transition', 'ClusterIP', true), LIMIT_MS)
conformance('[sig-network] Services should have session affinity work for NodePort service [LinuxOnly]', (f) => affinityOf(f, 'affinity-nodeport', 'NodePort', false), LIMIT_MS)
conformance('[sig-network] Services should be able to switch session affinity for NodePort service [LinuxOnly]', (f) => affinityOf(f, 'affinity-nodeport-transition', 'NodePort', true), LIMIT_MS)
