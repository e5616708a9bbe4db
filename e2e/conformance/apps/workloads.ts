import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import type { Container, Pod, PodTemplateSpec } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import type { Framework } from '../framework/conformance.ts'
import { listUntil, objectUntil } from '../framework/objects.ts'
import { SHELL, WEB } from '../framework/pods.ts'

/** The web server in another version. */
export const OTHER_WEB = 'nginx:1.22'

/** A template of one pod: a web server, which ends at once. */
export function webTemplate(labels: Record<string, string>, container: Partial<Container> = {}, spec: Partial<PodTemplateSpec['spec'] & object> = {}): PodTemplateSpec {
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: WEB, ...container }], ...spec } }
}

/** A template of one pod that does nothing, for long. */
export function shellTemplate(labels: Record<string, string>, container: Partial<Container> = {}, spec: Partial<PodTemplateSpec['spec'] & object> = {}): PodTemplateSpec {
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'shell', image: SHELL, command: ['sleep', '3600'], ...container }], ...spec } }
}

/** The readiness of a web server whose page can be taken away and put back: see `breakPage`. */
export const PAGE_PROBE: Partial<Container> = { readinessProbe: { httpGet: { path: '/index.html', port: 80 }, periodSeconds: 1, successThreshold: 1, failureThreshold: 1 } }
const PAGE = '/usr/share/nginx/html/index.html'

export async function breakPage(f: Framework, pod: string): Promise<void> {
  await f.kubectl(['exec', pod, '--', 'sh', '-c', `mv -v ${PAGE} /tmp/ || true`])
}

export async function restorePage(f: Framework, pod: string): Promise<void> {
  await f.kubectl(['exec', pod, '--', 'sh', '-c', `mv -v /tmp/index.html ${PAGE} || true`])
}

/** Pods by labels, as `a=b,c=d`. */
export function selectorText(labels: Record<string, string>): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(',')
}

/** Waits until exactly so many pods have the labels and all of them are ready (or all running but not ready); they, by name. */
export async function podsUntil(f: Framework, labels: Record<string, string>, count: number, ready = true): Promise<Pod[]> {
  const pods = await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(labels) }, `${String(count)} pods ${ready ? '' : 'not '}ready`,
    (items) => items.length === count && items.every((pod) => pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined && isPodReady(pod) === ready))
  return pods.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
}

interface Conditioned {
  metadata: { labels?: Record<string, string> }
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] }
}

/**
 * What upstream asks of the status subresource of each workload: it is read, a condition is put in by an update and one by a patch, and both are seen by a watch though the
 * controller writes the status, too. `typed`: what Go's encoder says besides of an object that has nothing but its conditions.
 */
export async function statusEndpoints(f: Framework, list: string, name: string, statusOnly: (read: unknown) => void, typed: { readonly spec?: object; readonly status?: object } = {}): Promise<void> {
  const path = `${list}/${name}`
  statusOnly(await f.client.get(`${path}/status`))
  for (;;) {
    const object = await f.client.get<Conditioned>(path)
    object.status = { ...object.status, conditions: [...(object.status?.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' }] }
    const { code, body } = await f.client.ask<Conditioned & { message?: string }>('PUT', `${path}/status`, { body: object })
    if (code === 409) continue
    if (code !== 200) throw new Error(`PUT status: ${String(code)} ${body.message ?? ''}`)
    break
  }
  const updated = (object: Conditioned): boolean => object.status?.conditions?.some((c) => c.type === 'StatusUpdate' && c.status === 'True' && c.reason === 'E2E' && c.message === 'Set from e2e test') === true
  await objectUntil<Conditioned>(f, list, name, 'with the condition of the update', updated)
  await f.client.patch(`${path}/status`, 'merge', { metadata: { creationTimestamp: null }, ...typed, status: { ...typed.status, conditions: [{ type: 'StatusPatched', status: 'True', lastTransitionTime: null }] } })
  await objectUntil<Conditioned>(f, list, name, 'with the condition of the patch', (object) => isConditionTrue(object.status?.conditions, 'StatusPatched'))
}
