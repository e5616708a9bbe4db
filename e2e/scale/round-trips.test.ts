import { expect, test } from 'vitest'
import { readCompose } from '../../src-main/common/compose/read.ts'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { ConfigMap, PersistentVolumeClaim, Pod, Secret } from '../../src-main/common/kube/generated/core-v1.ts'
import { ConfigMaps, Nodes, PersistentVolumeClaims, Pods, Secrets } from '../../src-main/common/kube/kinds.ts'
import type { Draft, Frozen } from '../../src-main/common/kube/object.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import { asNamed, COMPOSE_FILES as APPS, expectComplete, meantByName } from '../../src-main/convert/testing/fixtures.ts'
import { InCluster } from '../../src-main/convert/testing/in-cluster.ts'
import { broken } from '../../src-main/convert/testing/same.ts'
import { kubernetesToCompose } from '../../src-main/convert/to-compose/convert.ts'
import { declaredAmong } from '../../src-main/convert/to-compose/meant.ts'
import type { Manifest } from '../../src-main/convert/to-kubernetes/convert.ts'
import { composeToKubernetes } from '../../src-main/convert/to-kubernetes/convert.ts'
import { COMPOSE_FILES as STACKS, NAMED_FILES } from '../../src-main/swarm/stack/testing/fixtures.ts'
import { eventually } from '../harness/containers.ts'
import { fastClock } from './fast-clock.ts'
import { SimulatedCluster } from './simulated-cluster.ts'

// Compose -> Kubernetes -> running -> Compose: every file is put into a namespace of the engine as the app composes it, on servers that are simulated. When it
// runs, all that is there, controllers' work included, is converted back. The files are what people have, and those with every key that stacks know.

const decoder = new TextDecoder()
const BESIDE = Object.fromEntries(Object.entries(NAMED_FILES).map(([path, contents]) => [path, typeof contents === 'string' ? contents : decoder.decode(contents)]))
const FILES = [...APPS.map((text) => ({ text, files: {} })), ...STACKS.map((text) => ({ text, files: BESIDE }))]

/** Services that cannot run on what is simulated, and why; all the others have to. */
const NOT_HERE: Readonly<Record<string, string>> = { gpu: 'no server has a GPU', hooks: 'no processes, so its hook fails' }

/** What the files take for granted: labels of servers, and of what is external whatever nobody declares. */
async function prepare(cluster: SimulatedCluster): Promise<void> {
  for (const [i, { metadata: { name } }] of (await cluster.client.list(Nodes)).items.entries()) {
    const labels = { disk: 'ssd', zone: name, 'kubernetes.io/arch': i === 0 ? 'arm64' : 'amd64', 'node-role.kubernetes.io/control-plane': '' }
    await cluster.client.patch(Nodes, '', name, 'application/merge-patch+json', { metadata: { labels } })
  }
}

async function makeExternals({ client }: InCluster, namespace: string, objects: readonly Manifest[]): Promise<void> {
  const there = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name ?? ''}`))
  const isMissing = (kind: string, name: string | undefined): name is string => name !== undefined && !there.has(`${kind}/${name}`) && there.add(`${kind}/${name}`) !== undefined
  for (const { secret, configMap, persistentVolumeClaim: claim } of objects.flatMap((object) => (object as unknown as Partial<Deployment>).spec?.template?.spec?.volumes ?? [])) {
    if (isMissing('Secret', secret?.secretName)) {
      await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret?.secretName ?? '', labels: { external: 'true' } }, stringData: Object.fromEntries((secret?.items ?? []).map(({ key }) => [key, 'x'])) } as Draft<Secret>)
    }
    if (isMissing('ConfigMap', configMap?.name)) {
      await client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: configMap?.name ?? '', labels: { external: 'true' } }, data: Object.fromEntries((configMap?.items ?? []).map(({ key }) => [key, 'x'])) } as Draft<ConfigMap>)
    }
    if (isMissing('PersistentVolumeClaim', claim?.claimName)) {
      await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { namespace, name: claim?.claimName ?? '', labels: { external: 'true' } }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } as Draft<PersistentVolumeClaim>)
    }
  }
}

/** Pods that are not as they should be, each with why. What is probed runs, but a simulated container answers no probe. */
function waiting(pods: readonly Frozen<Pod>[]): string[] {
  return pods.flatMap((pod) => {
    const { containers: [container] } = pod.spec
    const isProbed = container?.livenessProbe !== undefined
    const runs = pod.status?.phase === 'Running' && (isProbed || isPodReady(pod))
    return runs || (container?.name ?? '') in NOT_HERE ? [] : [`${pod.metadata.namespace ?? ''}/${pod.metadata.name}: ${pod.status?.phase ?? ''} ${pod.status?.conditions?.find(({ status }) => status === 'False')?.message ?? ''}`]
  })
}

test('Compose files, running on the engine: what the reports call the same comes back from what runs, and nothing is left out that they do not name', async () => {
  const cluster = await SimulatedCluster.start({ nodes: 3, clock: fastClock(10), nodeGraceMs: 30_000 })
  const inCluster = new InCluster(cluster.api)
  try {
    await prepare(cluster)
    const trips = []
    for (const { text, files } of FILES) {
      const { model } = readCompose(text, { files })
      if (model === undefined) throw new Error(`no model of ${text}`)
      const there = composeToKubernetes(model, { files })
      const namespace = await inCluster.apply(there.objects)
      await makeExternals(inCluster, namespace, there.objects)
      trips.push({ model, there, namespace })
    }
    // One pod at least of each service but what runs by a schedule, or is to have none.
    const runs = (object: Manifest): boolean => ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind) && (object as unknown as Deployment).spec?.replicas !== 0
    const services = trips.flatMap(({ namespace, there }) => there.objects.filter(runs).map(({ metadata }) => `${namespace}/${metadata.name ?? ''}`))
    let pods: readonly Frozen<Pod>[] = []
    let missing = services
    await eventually('all files to run', async () => {
      pods = (await cluster.client.list(Pods)).items
      const found = new Set(pods.map(({ metadata: { namespace, labels } }) => `${namespace ?? ''}/${labels?.['app'] ?? ''}`))
      missing = services.filter((service) => !found.has(service))
      return missing.length === 0 && waiting(pods).length === 0
    }, 40_000).catch((error: unknown) => {
      throw new Error([...waiting(pods), ...missing.map((service) => `no pod of ${service}`)].join('\n'), { cause: error })
    })

    for (const { model, there, namespace } of trips) {
      const live = (await Promise.all(inCluster.resources.filter(({ namespaced }) => namespaced).map(async (resource) => (await cluster.client.list(resource, { namespace })).items))).flat().map((object) => structuredClone(object) as unknown as Manifest)
      // What the file takes for granted is no part of it.
      const declared = declaredAmong(live).filter(({ metadata: { labels } }) => labels?.['external'] === undefined)
      expect(live.length).toBeGreaterThan(declared.length)
      const back = kubernetesToCompose(declared)
      expect(broken(model, back.model, there.report)).toEqual([])
      expectComplete(meantByName(declared), back.report)
      expect(Object.keys(back.model.services).sort()).toEqual(Object.keys(model.services).sort())
      expect(readCompose(back.compose).problems).toEqual([])
      // Sent to an engine again it is what was sent first.
      const again = composeToKubernetes(back.model, { files: back.files })
      expect(broken(meantByName(declared), asNamed(declared, again.objects), back.report)).toEqual([])
    }
    expect(cluster.errors).toEqual([])
  } finally {
    await cluster.stop()
  }
}, 90_000)
