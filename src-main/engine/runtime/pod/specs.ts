import { DockerLabel } from '../../../common/docker-labels.ts'
import type { Container, EphemeralContainer, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerSpec, SandboxNetwork } from '../container-runtime.ts'
import { NO_CLAIMS } from './claimed-volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import { environment } from './env.ts'
import { expand } from './expand.ts'
import { containerName, hostNamesOf, labelsOf } from './names.ts'
import type { StartedRole } from './next-actions.ts'
import { dnsOf } from './pod-dns.ts'
import { resourcesOf, SANDBOX_RESOURCES } from './resources.ts'
import { SANDBOX_SECURITY, securityOf } from './security.ts'
import type { PodPlace, Sources } from './sources.ts'
import { containerMounts, sandboxMounts } from './volume-mounts.ts'

/** What a node is to the pods on it. */
export interface NodeFacts {
  name: string
  clusterId: string
  hostIP: string
  sandboxImage: string
  network: { name: string; gateway: string }
  /** Where volumes are on the node. */
  volumesRoot: string
  allocatable: { cpuMilli: number; memoryBytes: number }
}

/** The sandbox of a pod at an address. Throws an Error where its RuntimeClass is not there. Pure. */
export function sandboxSpec(pod: Frozen<Pod>, node: NodeFacts, address: string, sources: Sources, claimed: ClaimedVolumes = NO_CLAIMS): ContainerSpec {
  const sysctls = Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map((s) => [s.name, s.value]))
  return {
    name: containerName(pod, 'sandbox', ''),
    image: node.sandboxImage,
    labels: labelsOf(node.clusterId, pod, 'sandbox'),
    env: [], stdin: false, stdinOnce: false, tty: false,
    // Its restart is the engine's (or the helper's), for its containers must follow it.
    restart: 'no',
    network: pod.spec.hostNetwork === true ? { type: 'host' } : podNetwork(pod, node, address),
    ...(pod.spec.hostPID === true ? { pid: 'host' as const } : {}),
    ...(pod.spec.hostIPC === true ? { ipcHost: true } : {}),
    ...(Object.keys(sysctls).length > 0 ? { sysctls } : {}),
    ...handlerOf(pod, sources),
    mounts: sandboxMounts(pod, node.clusterId, claimed),
    resources: SANDBOX_RESOURCES,
    security: SANDBOX_SECURITY,
  }
}

function podNetwork(pod: Frozen<Pod>, node: NodeFacts, address: string): SandboxNetwork {
  const { hostname, domain } = hostNamesOf(pod)
  return {
    type: 'pod', network: node.network.name, address, hostname,
    ...(domain === undefined ? {} : { domainname: domain }),
    dns: dnsOf(pod, node.network.gateway),
    ports: pod.spec.containers.flatMap((c) => c.ports ?? []).flatMap((p) => (p.hostPort === undefined || p.hostPort === 0 ? [] : [{
      containerPort: p.containerPort, hostPort: p.hostPort, hostIp: p.hostIP ?? '', protocol: (p.protocol ?? 'TCP').toLowerCase() as 'tcp' | 'udp' | 'sctp',
    }])),
  }
}

/**
 * One container of a pod. `image` is what the runtime starts: the resolved image's ID where it is known; `gpus` the devices it was given, `claimed` what is behind the pod's claims. Throws MissingSourceError when the
 * environment cannot be made, or an Error for what can never work. Pure.
 */
export function containerSpec(pod: Frozen<Pod>, container: Container, role: StartedRole, image: string, node: NodeFacts, podIP: string, sources: Sources, gpus: string[] = [], claimed: ClaimedVolumes = NO_CLAIMS): ContainerSpec {
  const place: PodPlace = { podIP, hostIP: node.hostIP, nodeName: node.name, allocatable: node.allocatable }
  const env = environment(pod, container, place, sources)
  const expanded = (list: readonly string[] | undefined): string[] => (list ?? []).map((text) => expand(text, env))
  const { command, args, workingDir } = container
  return {
    name: containerName(pod, role, container.name),
    image,
    labels: { ...labelsOf(node.clusterId, pod, role, container), ...(gpus.length === 0 ? {} : { [DockerLabel.gpus]: gpus.join(',') }) },
    ...(command === undefined || command.length === 0 ? {} : { entrypoint: expanded(command) }),
    // A command of the pod's also replaces the image's arguments.
    ...(args !== undefined && args.length > 0 ? { command: expanded(args) } : command !== undefined && command.length > 0 ? { command: [] } : {}),
    env: [...env].map(([name, value]) => `${name}=${value}`),
    ...(workingDir === undefined || workingDir === '' ? {} : { workingDir }),
    stdin: container.stdin === true, stdinOnce: container.stdinOnce === true, tty: container.tty === true,
    restart: restartPolicy(pod, container, role),
    sandbox: containerName(pod, 'sandbox', ''),
    ...(role === 'ephemeral' ? watched(pod, container) : {}),
    ...(pod.spec.hostPID === true ? { pid: 'host' as const } : pod.spec.shareProcessNamespace === true ? { pid: 'sandbox' as const } : {}),
    ...(pod.spec.hostIPC === true ? { ipcHost: true } : {}),
    mounts: containerMounts(pod, container, node.volumesRoot, env, claimed),
    resources: resourcesOf(pod, container, node.allocatable.memoryBytes),
    ...(gpus.length === 0 ? {} : { gpus }),
    security: securityOf(pod, container),
    ...handlerOf(pod, sources),
  }
}

/** Which of the node's runtimes runs the pod: one name for its sandbox and all its containers, which share its namespaces. */
function handlerOf({ spec: { runtimeClassName } }: Frozen<Pod>, sources: Sources): Pick<ContainerSpec, 'handler'> {
  if (!runtimeClassName) return {}
  const found = sources.runtimeClass(runtimeClassName)
  if (found === undefined) throw new Error(`RuntimeClass "${runtimeClassName}" not found: make it again, or delete the pod`)
  return { handler: found.handler }
}

/** Whose processes an ephemeral container sees besides its own. */
function watched(pod: Frozen<Pod>, container: EphemeralContainer): Pick<ContainerSpec, 'pidOf'> {
  const target = container.targetContainerName
  if (!target) return {}
  return { pidOf: containerName(pod, pod.spec.containers.some((c) => c.name === target) ? 'app' : 'init', target) }
}

/** Is this init container one that stays (upstream: a sidecar)? */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always'
}

/** Containers that were put into the living pod (`kubectl debug`). They run once and count for nothing. */
export function ephemeralContainers(pod: Frozen<Pod>): Container[] {
  return (pod.spec.ephemeralContainers ?? []) as Container[]
}

/** Who brings a crashed container back: the runtime, by its own policy, with or without an engine. Never `always`: that would undo a stop. */
export function restartPolicy(pod: Frozen<Pod>, container: Container, role: StartedRole): ContainerSpec['restart'] {
  if (role === 'ephemeral') return 'no'
  if (role === 'init') return isSidecar(container) ? 'unless-stopped' : pod.spec.restartPolicy === 'Never' ? 'no' : 'on-failure'
  switch (pod.spec.restartPolicy) {
    case 'Never': return 'no'
    case 'OnFailure': return 'on-failure'
    default: return 'unless-stopped'
  }
}
