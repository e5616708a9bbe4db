import type { Pod, PodSpec } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import type { Framework } from './conformance.ts'
import { objectUntil } from './objects.ts'

/** The image of a shell and its tools, as the lab has it. */
export const SHELL = 'busybox:1.35'
/** A web server on port 80. */
export const WEB = 'nginx'

export interface PodOptions extends Omit<Partial<PodSpec>, 'containers'> {
  labels?: Record<string, string>
  annotations?: Record<string, string>
  /** Default: one that runs a shell. Names and images are filled in: `c0`, `c1`, ... and the shell's. */
  containers?: Partial<PodSpec['containers'][number]>[]
}

/** A pod as one writes it: the server has yet to say the rest. */
export interface PodManifest {
  apiVersion: 'v1'
  kind: 'Pod'
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: PodSpec
}

/** A pod's manifest; ends within a second when it is deleted. */
export function podOf(name: string, { labels, annotations, containers = [forever()], ...spec }: PodOptions = {}): PodManifest {
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) },
    spec: { terminationGracePeriodSeconds: 1, ...spec, containers: containers.map((container, i) => ({ name: `c${String(i)}`, image: SHELL, ...container })) },
  }
}

/** A container's command: a shell's script. */
export function sh(script: string): { command: string[] } {
  return { command: ['sh', '-c', script] }
}

/** One that goes on until it is told to end. */
export function forever(before = ':'): { command: string[] } {
  return sh(`${before}; trap 'exit 0' TERM; while :; do sleep 0.2; done`)
}

export async function createPod(f: Framework, pod: PodManifest): Promise<Pod> {
  return f.client.create<Pod>(f.core('pods'), pod)
}

/** Waits, by a watch, until the pod is as wanted. */
export async function podUntil(f: Framework, name: string, what: string, wanted: (pod: Pod) => boolean, ms = 90_000): Promise<Pod> {
  return objectUntil(f, f.core('pods'), name, what, wanted, ms)
}

export async function runningPod(f: Framework, pod: PodManifest): Promise<Pod> {
  const { metadata: { name = '' } } = await createPod(f, pod)
  return podUntil(f, name, 'ready', isPodReady)
}

/** Runs a pod to its end; the pod as it ended. */
export async function endedPod(f: Framework, pod: PodManifest): Promise<Pod> {
  const { metadata: { name = '' } } = await createPod(f, { ...pod, spec: { restartPolicy: 'Never', ...pod.spec } })
  return podUntil(f, name, 'ended', ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed')
}

/** Runs a pod to its end and gives what it wrote; rejects when it failed. What most tests of volumes and environments do. */
export async function outputOf(f: Framework, pod: PodManifest, container?: string): Promise<string> {
  const { metadata: { name = '' }, status } = await endedPod(f, pod)
  const log = await logOf(f, name, container)
  if (status?.phase !== 'Succeeded') throw new Error(`${name} ${status?.phase ?? ''}: ${log}`)
  return log
}

export async function logOf(f: Framework, name: string, container?: string): Promise<string> {
  const { body } = await f.client.ask<string>('GET', f.core('pods', `${name}/log`), container === undefined ? {} : { query: { container } })
  return body
}

/** Waits until a container has written a text. */
export async function logHolds(f: Framework, pod: string, container: string, text: string, ms = 120_000): Promise<void> {
  await eventually(`"${text.trim()}" in the log of ${pod}/${container}`, async () => (await logOf(f, pod, container)).includes(text), ms)
}
