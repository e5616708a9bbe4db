import { badRequest } from '../../common/errors.ts'
import type { PersistentVolumeClaim, Pod, PodSpec, Secret, Service } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, CronJobs, DaemonSets, Deployments, HorizontalPodAutoscalers, Ingresses, Jobs, NetworkPolicies, PersistentVolumeClaims, PersistentVolumes, Secrets, Services, StatefulSets } from '../../common/kube/kinds.ts'
import { matchesLabels } from '../../common/kube/labels.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { dockerVolumeOf } from '../../common/kube/volumes.ts'
import { declaredAmong } from '../../convert/to-compose/meant.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { HELD } from './hold.ts'
import type { MoveParts } from './move-parts.ts'
import { sharedServers } from './move-parts.ts'
import type { VolumePlace } from './parts-of-app.ts'
import { volumeBytes } from './read-stack.ts'
import type { RunningApp } from './to-swarm.ts'

const WORKLOADS = [Deployments, StatefulSets, DaemonSets, CronJobs, Jobs] as unknown as readonly Resource<KubeObject & { spec?: unknown }>[]
const OURS = /^(kubernetes\.io\/service-account-token|toque\.dev\/|helm\.sh\/)/

/** What runs in a namespace (or only some workloads of it), with what these use. Rejects with a sentence where there is nothing. */
export async function readApp(parts: MoveParts, namespace: string, only: readonly string[] | undefined): Promise<RunningApp> {
  const { client } = parts
  const all = async <T extends KubeObject>(resource: Resource<T>): Promise<Frozen<T>[]> => (await client.list(resource, { namespace })).items.map((object) => ({ ...object, apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`, kind: resource.kind }))
  const workloads = declared((await Promise.all(WORKLOADS.map(all))).flat()).filter((object) => (only === undefined || only.includes(object.metadata.name)))
  for (const name of only ?? []) if (!workloads.some(({ metadata }) => metadata.name === name)) throw badRequest(`There is no workload "${name}" in the namespace ${namespace}.`)
  const running = workloads.filter(({ metadata }) => metadata.annotations?.[HELD] === undefined)
  if (running.length === 0) throw badRequest(workloads.length === 0 ? `Nothing in the namespace ${namespace} could be moved: it has no workloads.` : `What is in the namespace ${namespace} is at rest: it was moved to the swarm. Move it from there.`)
  const pods = running.flatMap((workload) => templateOf(workload) ?? [])
  const services = (await all(Services)).filter(({ spec }) => spec.selector !== undefined && pods.some(({ labels }) => matchesLabels(labels, spec.selector)))
  const names = new Set(running.map(({ metadata }) => metadata.name))
  const used = usedBy(pods.map(({ spec }) => spec))
  const claims = await all(PersistentVolumeClaims)
  const mine = claims.filter(({ metadata }) => used.claims.has(metadata.name))
  const behind = await places(parts, claims)
  const servers = sharedServers(parts)
  const scalers = (await all(HorizontalPodAutoscalers)).filter(({ spec }) => names.has(spec?.scaleTargetRef.name ?? ''))
  const ingresses = (await all(Ingresses)).filter((ingress) => JSON.stringify(ingress.spec ?? {}).includes('"service"') && services.some(({ metadata }) => JSON.stringify(ingress.spec).includes(`"name":"${metadata.name}"`)))
  const policies = (await all(NetworkPolicies)).filter(({ spec }) => pods.some(({ labels }) => matchesLabels(labels, spec?.podSelector?.matchLabels)))
  const objects: Frozen<KubeObject>[] = [
    ...running, ...declared<Frozen<KubeObject>>([...services, ...mine, ...scalers, ...ingresses, ...policies]),
    // These are contents: whoever made them, the app needs them there, too.
    ...(await all(ConfigMaps)).filter(({ metadata }) => used.configs.has(metadata.name)), ...(await all(Secrets)).filter((secret) => used.secrets.has(secret.metadata.name) && !OURS.test((secret as Secret).type ?? '')),
  ]
  return { namespace, objects: objects as unknown as Manifest[], claims: behind, servers, bytes: await volumeBytes(parts, servers.map(({ node }) => node)) }
}

/** Without what controllers made. */
function declared<T extends Frozen<KubeObject>>(objects: readonly T[]): T[] {
  return declaredAmong(objects as unknown as readonly (T & Manifest)[])
}

/** Names of the app's Services that publish ports are told by `publishes`. */
export function servicesIn({ objects }: Pick<RunningApp, 'objects'>): Service[] {
  return objects.filter(({ kind }) => kind === 'Service') as unknown as Service[]
}

function templateOf(workload: Frozen<KubeObject & { spec?: unknown }>): { labels: Record<string, string>; spec: PodSpec } | undefined {
  const { template, jobTemplate } = (workload.spec ?? {}) as { template?: Pod; jobTemplate?: { spec?: { template?: Pod } } }
  const pod = template ?? jobTemplate?.spec?.template
  return pod === undefined ? undefined : { labels: pod.metadata?.labels ?? {}, spec: pod.spec }
}

/** Names of what pods mount and read. */
function usedBy(pods: readonly PodSpec[]): { configs: Set<string>; secrets: Set<string>; claims: Set<string> } {
  const found = { configs: new Set<string>(), secrets: new Set<string>(), claims: new Set<string>() }
  const add = (set: Set<string>, name: string | undefined): void => { if (name !== undefined) set.add(name) }
  for (const { volumes = [], containers, initContainers = [], imagePullSecrets = [] } of pods) {
    for (const { configMap, secret, persistentVolumeClaim, projected } of volumes) {
      add(found.configs, configMap?.name)
      add(found.secrets, secret?.secretName)
      add(found.claims, persistentVolumeClaim?.claimName)
      for (const source of projected?.sources ?? []) {
        add(found.configs, source.configMap?.name)
        add(found.secrets, source.secret?.name)
      }
    }
    for (const { env = [], envFrom = [] } of [...containers, ...initContainers]) {
      for (const { valueFrom } of env) {
        add(found.configs, valueFrom?.configMapKeyRef?.name)
        add(found.secrets, valueFrom?.secretKeyRef?.name)
      }
      for (const { configMapRef, secretRef } of envFrom) {
        add(found.configs, configMapRef?.name)
        add(found.secrets, secretRef?.name)
      }
    }
    for (const { name } of imagePullSecrets) add(found.secrets, name)
  }
  return found
}

/** The Docker volumes behind claims. */
async function places({ client }: MoveParts, claims: readonly Frozen<PersistentVolumeClaim>[]): Promise<Map<string, VolumePlace>> {
  const volumes = new Map((await client.list(PersistentVolumes)).items.map((volume) => [volume.metadata.name, volume]))
  return new Map(claims.flatMap(({ metadata, spec }) => {
    const volume = volumes.get(spec.volumeName ?? '')
    const at = volume === undefined ? undefined : dockerVolumeOf(volume)
    return at === undefined ? [] : [[metadata.name, { node: at.node, volume: at.name }] as const]
  }))
}
