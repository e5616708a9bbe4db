import { badRequest } from '../../common/errors.ts'
import * as edit from '../docker/edit-spec.ts'
import { isOfContainers } from '../docker/specs.ts'
import type { RegistryAuth } from '../docker/types.ts'
import type { ServiceSpec } from '../docker/specs.ts'
import type { SwarmService } from '../docker/types.ts'
import { imageName, shortName } from '../views/refs.ts'
import { modeOf } from '../docker/service-mode.ts'

/** What the buttons of a service's screen write. Pure: each gives a new spec; what cannot be is a BadRequest with a sentence. */

export function withReplicas(service: SwarmService, replicas: number): ServiceSpec {
  if (!Number.isInteger(replicas) || replicas < 0) throw badRequest(`${String(replicas)} is no number of replicas: a whole number, 0 or more.`)
  const { Spec } = service
  switch (modeOf(service)) {
    case 'replicated': return edit.withReplicas(Spec, replicas)
    case 'replicated-job': return { ...Spec, Mode: { ...Spec.Mode, ReplicatedJob: { ...Spec.Mode?.ReplicatedJob, TotalCompletions: replicas, MaxConcurrent: replicas } } }
    default: throw badRequest(`${Spec.Name} is a global service: it has one task on each server, and no number of replicas to set.`)
  }
}

/** What a registry said of an image: all nodes shall run the same, and only those that can. */
export interface ResolvedImage {
  digest: string
  platforms: { OS: string; Architecture: string }[]
}

/** `resolved` undefined: the registry was not reached, and each node finds the image itself. */
export function withImage(service: SwarmService, container: string, image: string, resolved: ResolvedImage | undefined): ServiceSpec {
  const name = checkedImage(image)
  const { Spec } = service
  if (!isOfContainers(Spec)) throw badRequest(`${Spec.Name} runs no container: its image cannot be changed.`)
  if (container !== shortName(service)) throw badRequest(`${Spec.Name} has no container "${container}": a service has one, "${shortName(service)}".`)
  const pinned = resolved === undefined || name.includes('@') ? name : `${withTag(name)}@${resolved.digest}`
  const { Platforms: _, ...placement } = Spec.TaskTemplate.Placement ?? {}
  const platforms = resolved === undefined || resolved.platforms.length === 0 ? {} : { Platforms: resolved.platforms }
  return edit.withTask(edit.withContainer(Spec, { Image: pinned }), { Placement: { ...placement, ...platforms } })
}

/** New tasks of the same spec: as `docker service update --force`. */
export function withRestart({ Spec }: SwarmService): ServiceSpec {
  return edit.withForcedUpdate(Spec)
}

/** The name without spaces around it; throws where it is none. */
export function checkedImage(image: string): string {
  const name = image.trim()
  const reference = /^([a-zA-Z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/
  if (!reference.test(name)) throw badRequest(`"${image}" is not an image name. It should look like nginx or registry.example.com/team/app:1.2.`)
  return name
}

/** `nginx` is `nginx:latest`: a digest stands behind a tag. */
function withTag(name: string): string {
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`
}

/** The registry that an image comes from, as it is logged in to: `docker.io` where it names none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = imageName(image).split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io'
}

/** The login's address as images name the registry, and the header that Docker hands on. Throws BadRequest with what is wrong with it. */
export function registryAuth({ server, username, password }: { server: string; username: string; password: string }): { registry: string; auth: RegistryAuth } {
  const address = server.trim().replace(/^https?:\/\//, '').replace(/\/+$/, '')
  const isHub = ['', 'docker.io', 'hub.docker.com', 'index.docker.io', 'index.docker.io/v1', 'registry-1.docker.io'].includes(address)
  if (!isHub && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i.test(address)) throw badRequest(`"${server}" is no registry's address. It should look like ghcr.io or registry.example.com:5000.`)
  if (username.trim() === '') throw badRequest('Say which user the registry knows you as.')
  if (password === '') throw badRequest('Give the password, or a token that the registry has made for you.')
  return { registry: isHub ? 'docker.io' : address, auth: { username: username.trim(), password, serveraddress: isHub ? 'https://index.docker.io/v1/' : address } }
}
