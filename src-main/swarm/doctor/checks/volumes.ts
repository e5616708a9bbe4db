import type { SwarmService } from '../../docker/types.ts'
import { meets } from '../../placement/constraints.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef, serviceRef } from '../refs.ts'

/** Named volumes that are on one node's disk only. */
function localVolumes({ Spec }: SwarmService): string[] {
  const mounts = Spec.TaskTemplate.ContainerSpec?.Mounts ?? []
  return mounts.flatMap(({ Type, Source = '', VolumeOptions }) => {
    const driver = VolumeOptions?.DriverConfig
    const options = driver?.Options ?? {}
    const isLocal = (driver?.Name ?? '') === '' || driver?.Name === 'local'
    // The local driver also mounts what is elsewhere.
    const isShared = /^(nfs|nfs4|cifs|smb3|ceph|glusterfs)$/.test(options['type'] ?? '')
    return Type === 'volume' && Source !== '' && isLocal && !isShared ? [Source] : []
  })
}

/** Services with one replica whose data stays behind when it is started on another node. */
export const checkVolumes: Check = ({ services, nodes, tasks }) => services.flatMap((service) => {
  const volumes = localVolumes(service)
  if (volumes.length === 0 || service.Spec.Mode?.Replicated?.Replicas !== 1) return []
  const constraints = service.Spec.TaskTemplate.Placement?.Constraints ?? []
  const places = nodes.filter((node) => constraints.every((constraint) => meets(node, constraint)))
  if (places.length < 2) return []
  const name = service.Spec.Name
  const node = tasks.find(({ ServiceID, Status }) => ServiceID === service.ID && Status.State === 'running')?.NodeID
  const hostname = nodes.find(({ ID }) => ID === node)?.Description.Hostname
  return [finding(
    'warning', 'VolumeNotPinned', `${name} keeps data in ${listed(volumes)}, a local volume, and may be started on any of ${listed(places.map(({ Description }) => Description.Hostname).sort())}. On another node it begins with an empty one; the data stays where it was.`,
    [serviceRef(service), ...(node === undefined ? [] : [nodeRef(node, nodes)])],
    hostname === undefined ? `Keep it on the node that has its data: a constraint such as node.hostname==NAME.` : `Keep it on ${hostname}, where it runs now: the constraint node.id==${node ?? ''}.`,
    node === undefined ? undefined : { type: 'pinService', service: service.ID, node })]
})
