import type { Pod, ServicePort } from './generated/core-v1.ts'

/**
 * The port number on a pod that a Service's port leads to: its targetPort, a named one looked up among the containers' (restartable init
 * containers' too), else the Service's own number. Undefined when the pod has no port of that name and protocol.
 */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target === 0 ? port.port : target
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')]
  return containers.flatMap((c) => c.ports ?? []).find((p) => p.name === target && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.containerPort
}
