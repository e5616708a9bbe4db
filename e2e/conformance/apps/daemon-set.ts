import type { DaemonSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import type { Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { listUntil, objectUntil } from '../framework/objects.ts'
import { selectorText, webTemplate } from './workloads.ts'

export const NAME = 'daemon-set'
export const LABELS = { 'daemonset-name': NAME }

export function daemonSets(f: Framework): string {
  return f.group('apps/v1', 'daemonsets')
}

export function daemonSet(f: Framework): string {
  return f.group('apps/v1', 'daemonsets', NAME)
}

/** A web server on each node, named by the labels. */
export function createDaemonSet(f: Framework, spec: Partial<DaemonSet['spec']> = {}, labels: Record<string, string> = LABELS): Promise<DaemonSet> {
  return f.client.create<DaemonSet>(daemonSets(f), {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: NAME, labels },
    spec: { selector: { matchLabels: labels }, template: webTemplate(labels, { ports: [{ containerPort: 9376 }] }), ...spec },
  })
}

export async function nodeNames(f: Framework): Promise<string[]> {
  return (await nodesOf(f)).map(({ metadata: { name = '' } }) => name)
}

/** Waits until exactly these nodes have a ready daemon, one each; the daemons. */
export function daemonsOn(f: Framework, nodes: readonly string[], labels: Record<string, string> = LABELS): Promise<Pod[]> {
  const wanted = [...nodes].sort().join()
  return listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(labels) }, `daemons on ${wanted || 'no node'}`, (pods) => {
    const staying = pods.filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded')
    return staying.every(isPodReady) && staying.map(({ spec }) => spec?.nodeName ?? '').sort().join() === wanted
  }, 120_000)
}

/** Waits until the status says that so many nodes should have a daemon and have a ready one. */
export function statusSays(f: Framework, count: number): Promise<DaemonSet> {
  return objectUntil<DaemonSet>(f, daemonSets(f), NAME, `counts ${String(count)}`, ({ status }) => status?.desiredNumberScheduled === count && status.currentNumberScheduled === count && status.numberReady === count)
}
