import type { StatefulSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import type { Framework } from '../framework/conformance.ts'
import { objectUntil, updated } from '../framework/objects.ts'
import { PAGE_PROBE, webTemplate } from './workloads.ts'

export const LABELS = { foo: 'bar', baz: 'blah' }

/** The set under test: a web server with a probe, named by a headless service. */
export async function createSet(f: Framework, name: string, replicas: number, spec: Partial<StatefulSet['spec']> = {}): Promise<StatefulSet> {
  await f.client.create(f.core('services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 'test' }, spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80, protocol: 'TCP' }], selector: LABELS } })
  return f.client.create<StatefulSet>(sets(f), {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: {
      serviceName: 'test', replicas, selector: { matchLabels: LABELS }, template: webTemplate(LABELS, PAGE_PROBE), updateStrategy: { type: 'RollingUpdate' }, ...spec,
    },
  })
}

export function sets(f: Framework): string {
  return f.group('apps/v1', 'statefulsets')
}

export function setOf(f: Framework, name: string): string {
  return f.group('apps/v1', 'statefulsets', name)
}

export function setUntil(f: Framework, name: string, what: string, wanted: (set: StatefulSet) => boolean): Promise<StatefulSet> {
  return objectUntil<StatefulSet>(f, sets(f), name, what, (set) => (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0) && wanted(set), 150_000)
}

export function scaled(f: Framework, name: string, replicas: number): Promise<StatefulSet> {
  return updated<StatefulSet>(f, setOf(f, name), (set) => void (set.spec.replicas = replicas))
}

export function withImage(f: Framework, name: string, image: string): Promise<StatefulSet> {
  return updated<StatefulSet>(f, setOf(f, name), ({ spec }) => spec.template.spec?.containers.forEach((container) => void (container.image = image)))
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.['controller-revision-hash']
}

export function imageOf(pod: Pod): string | undefined {
  return pod.spec?.containers[0]?.image
}

export function podReadyIs(f: Framework, name: string, ready: boolean): Promise<Pod> {
  return objectUntil<Pod>(f, f.core('pods'), name, ready ? 'ready' : 'not ready', (pod) => pod.metadata.deletionTimestamp === undefined && isPodReady(pod) === ready)
}
