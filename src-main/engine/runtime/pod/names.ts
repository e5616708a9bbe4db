import { createHash } from 'node:crypto'
import { DockerLabel } from '../../../common/docker-labels.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { CLUSTER_DOMAIN } from '../../../common/kube/well-known.ts'
import type { ContainerRole } from '../container-runtime.ts'

/** The name that the sandbox has in place of a container's. */
export const SANDBOX = 'sandbox'

/**
 * A container's name on the node, always the same for the same container of the same pod: the runtime refuses a second
 * creation under it, so no container can be there twice. (Colons and slashes are not allowed in it; pod names have neither.)
 */
export function containerName(pod: Frozen<Pod>, role: ContainerRole, container: string): string {
  const { namespace = '', name, uid } = pod.metadata
  return `toque_${namespace}_${name}_${role === 'sandbox' ? '.sandbox' : container}_${uid.slice(0, 13)}`
}

/** The name of a pod's volume on the node. */
export function volumeName(pod: Frozen<Pod>, volume: string): string {
  return `toque_${pod.metadata.uid}_${volume}`
}

/** The volume of termination messages and other files of the engine's own. No volume of a pod can be called so: a leading dot is not allowed there. */
export const TERMINATION_VOLUME = '.termination'

/** What a pod is called on the network: its own name, and the domain it is in where it has a subdomain. Pure. */
export function hostNamesOf({ metadata, spec }: Frozen<Pod>): { hostname: string; domain: string | undefined } {
  const { hostname = metadata.name, subdomain } = spec
  return {
    hostname: hostname.slice(0, 63).replace(/[-.]+$/, ''),
    domain: subdomain === undefined || subdomain === '' ? undefined : `${subdomain}.${metadata.namespace ?? ''}.svc.${CLUSTER_DOMAIN}`,
  }
}

/** The labels of a container of a pod. */
export function labelsOf(clusterId: string, pod: Frozen<Pod>, role: ContainerRole, container?: Container): Record<string, string> {
  return {
    [DockerLabel.cluster]: clusterId,
    [DockerLabel.schema]: '1',
    [DockerLabel.role]: role,
    [DockerLabel.podUid]: pod.metadata.uid,
    [DockerLabel.podNamespace]: pod.metadata.namespace ?? '',
    [DockerLabel.podName]: pod.metadata.name,
    ...(container === undefined ? {} : { [DockerLabel.container]: container.name, [DockerLabel.specHash]: specHash(container) }),
  }
}

/**
 * A hash over what of a container can change in a living pod: the image. Nothing else may go in: a default that a later version
 * adds to the spec would restart every container.
 */
export function specHash(container: Container): string {
  return createHash('sha256').update(JSON.stringify([container.name, container.image ?? ''])).digest('hex').slice(0, 16)
}
