import { nodePlatform } from '../../setup/state-of.ts'
import { meets } from '../../placement/constraints.ts'
import { takesTasks } from '../../docker/node-state.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef, serviceRef } from '../refs.ts'

/** The image of a service as people know it: without the digest. */
export function imageOf({ Spec }: SwarmService): string {
  return Spec.TaskTemplate.ContainerSpec?.Image ?? ''
}

const NOT_THERE = /no such image|manifest unknown|not found|does not exist|pull access denied|unauthorized|denied/i

/** Whether a registry's or Docker's word means that the image is not to be had, rather than that nobody could be asked. */
export function isRefusal(text: string): boolean {
  return NOT_THERE.test(text)
}

/** Images that some node cannot get, or that are not made for it. */
export const checkImages: Check = ({ services, nodes, tasks, images, servers }) => services.flatMap((service) => {
  const image = imageOf(service)
  const facts = images.find((known) => known.image === image)
  const constraints = service.Spec.TaskTemplate.Placement?.Constraints ?? []
  const open = nodes.filter((node) => takesTasks(node) && constraints.every((constraint) => meets(node, constraint)))
  const name = service.Spec.Name
  const shown = image.split('@')[0] ?? image
  const failed = tasks.filter(({ ServiceID, Status }) => ServiceID === service.ID && Status.State === 'rejected' && isRefusal(Status.Err ?? ''))
  const runs = tasks.some(({ ServiceID, Status }) => ServiceID === service.ID && Status.State === 'running')
  const without = open.filter(({ ID }) => {
    const server = servers.find(({ node }) => node === ID)
    return server !== undefined && facts !== undefined && facts.present[server.name] === undefined
  })
  const isRefused = facts?.platforms === undefined && facts?.refusal !== undefined && isRefusal(facts.refusal)
  if (facts?.platforms === undefined && (failed.length > 0 || isRefused) && (!runs || without.length > 0)) {
    const where = new Set([...failed.map(({ NodeID }) => NodeID ?? ''), ...without.map(({ ID }) => ID)].filter((id) => nodes.some(({ ID }) => ID === id)))
    const hosts = nodes.filter(({ ID }) => where.has(ID))
    const said = facts?.refusal ?? failed[0]?.Status.Err ?? ''
    return [finding(
      runs ? 'warning' : 'error', 'ImageNotAvailable', `${name} needs the image ${shown}, which ${hosts.length === 0 ? 'no node' : listed(hosts.map(({ Description }) => Description.Hostname))} ${hosts.length === 0 ? 'can get' : 'can neither find nor pull'}${said === '' ? '' : ` (${said})`}.`,
      [serviceRef(service), ...hosts.map(({ ID }) => nodeRef(ID, nodes))],
      'Check the name and tag. A private image needs a login that goes to the nodes (docker service update --with-registry-auth); one that was built on a server must be pushed to a registry first.')]
  }
  const platforms = facts?.platforms
  if (platforms === undefined || platforms.length === 0) return []
  const unfit = open.filter(({ Description: { Platform } }) => !platforms.some((p) => p === nodePlatform(Platform)))
  if (unfit.length === 0) return []
  return [finding(
    unfit.length === open.length ? 'error' : 'warning', 'ImageOtherPlatform', `The image ${shown} of ${name} is made for ${listed(platforms)}, not for ${listed([...new Set(unfit.map(({ Description: { Platform } }) => nodePlatform(Platform)))])}: it cannot run on ${listed(unfit.map(({ Description }) => Description.Hostname))}.`,
    [serviceRef(service), ...unfit.map(({ ID }) => nodeRef(ID, nodes))],
    `Build it for those platforms, too (docker buildx build --platform ...), or keep the service off those nodes with a constraint such as node.platform.arch==x86_64.`)]
})
