import type { Container, DownwardAPIVolumeFile, EphemeralContainer, PersistentVolumeClaimSpec, PodSpec, Probe, Volume } from '../../../../common/kube/generated/core-v1.ts'
import { pullPolicyFor } from '../../../../common/kube/image-name.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'

const DEFAULT_MODE = 0o644

/** Fills in what a pod's (or a pod template's) spec leaves out, as upstream does. Idempotent. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ??= 'default-scheduler'
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName
  else if (spec.serviceAccount !== undefined) spec.serviceAccountName = spec.serviceAccount
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) defaultContainer(container, spec.hostNetwork === true)
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    constraint.nodeAffinityPolicy ??= 'Honor'
    constraint.nodeTaintsPolicy ??= 'Ignore'
  }
}

/** What only a real pod gets, not a template. */
export function defaultPodOnly(spec: PodSpec): void {
  spec.enableServiceLinks ??= true
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const { limits } = container.resources ?? {}
    if (limits === undefined || container.resources === undefined) continue
    // A malformed limit is named once, as the limit it is.
    const usable = Object.entries(limits).filter(([, limit]) => parseQuantity(limit) !== undefined)
    container.resources.requests = { ...(Object.fromEntries(usable) as typeof limits), ...container.resources.requests }
  }
}

function defaultContainer(container: Container | EphemeralContainer, hostNetwork: boolean): void {
  container.imagePullPolicy ??= pullPolicyFor(container.image ?? '')
  container.terminationMessagePath ??= '/dev/termination-log'
  container.terminationMessagePolicy ??= 'File'
  container.resources ??= {}
  for (const port of container.ports ?? []) {
    port.protocol ??= 'TCP'
    if (hostNetwork) port.hostPort ??= port.containerPort
  }
  for (const env of container.env ?? []) if (env.valueFrom?.fieldRef !== undefined) env.valueFrom.fieldRef.apiVersion ??= 'v1'
  for (const env of container.env ?? []) if (env.valueFrom?.resourceFieldRef !== undefined) env.valueFrom.resourceFieldRef.divisor ??= '0'
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe !== undefined) defaultProbe(probe)
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) {
    if (handler?.httpGet !== undefined) {
      handler.httpGet.path ??= '/'
      handler.httpGet.scheme ??= 'HTTP'
    }
  }
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.httpGet !== undefined) {
    probe.httpGet.path ??= '/'
    probe.httpGet.scheme ??= 'HTTP'
  }
  if (probe.grpc !== undefined) probe.grpc.service ??= ''
}

function defaultVolume(volume: Volume): void {
  if (!Object.keys(volume).some((key) => key !== 'name')) volume.emptyDir = {}
  if (volume.secret !== undefined) volume.secret.defaultMode ??= DEFAULT_MODE
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= DEFAULT_MODE
  if (volume.hostPath !== undefined) volume.hostPath.type ??= ''
  // The schema does not say that it must be there.
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec as PersistentVolumeClaimSpec | undefined
  if (claim !== undefined) claim.volumeMode ??= 'Filesystem'
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE
    volume.downwardAPI.items?.forEach(defaultDownwardFile)
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= DEFAULT_MODE
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600
      source.downwardAPI?.items?.forEach(defaultDownwardFile)
    }
  }
}

function defaultDownwardFile({ fieldRef, resourceFieldRef }: DownwardAPIVolumeFile): void {
  if (fieldRef !== undefined) fieldRef.apiVersion ??= 'v1'
  if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= '0'
}
