import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import type { NodeImage } from '../../runtime/container-runtime.ts'
import { repositoryOf } from '../images/may-serve.ts'

/** Old versions of Toque's own image for the node's helper go like images that it brought. */
const OWN_REPOSITORY = 'docker.io/toque/node-helper'

export interface ImageChoice {
  node: string
  /** What is on the node. */
  images: readonly NodeImage[]
  /** By which names this cluster brought which image ID there, in the order in which they came. */
  brought: ReadonlyMap<string, readonly string[]>
  /** Of the whole cluster. */
  pods: readonly Frozen<Pod>[]
}

/**
 * Which of a node's images may go, the least missed first: those that no pod of the cluster needs, then those of pods on other nodes, which may come
 * here one day; among these the one that came first. Never one that a pod here needs, that this cluster did not bring, or that has been given
 * another name since. That a container uses one Docker knows, and refuses. Pure.
 */
export function chooseImages({ node, images, brought, pods }: ImageChoice): NodeImage[] {
  const order = [...brought.keys()]
  const alive = pods.filter((pod) => !isPodTerminated(pod))
  const here = neededBy(alive.filter((pod) => pod.spec.nodeName === node))
  const anywhere = neededBy(alive)
  return images.filter((image) => isOurs(image, brought.get(image.id)) && !here(image))
    .map((image) => ({ image, needed: Number(anywhere(image)), place: order.indexOf(image.id) }))
    .sort((a, b) => a.needed - b.needed || a.place - b.place)
    .map(({ image }) => image)
}

function isOurs({ tags }: NodeImage, names: readonly string[] | undefined): boolean {
  if (names !== undefined) return tags.every((tag) => names.includes(tag))
  return tags.length > 0 && tags.every((tag) => repositoryOf(tag) === OWN_REPOSITORY)
}

/** By the name that a pod asks for, or the very image that its containers were made of. */
function neededBy(pods: readonly Frozen<Pod>[]): (image: NodeImage) => boolean {
  const names = new Set<string>()
  for (const { spec, status } of pods) {
    for (const { image = '' } of [...spec.containers, ...spec.initContainers ?? [], ...spec.ephemeralContainers ?? []]) names.add(fullName(image))
    for (const { imageID = '' } of [...status?.containerStatuses ?? [], ...status?.initContainerStatuses ?? [], ...status?.ephemeralContainerStatuses ?? []]) names.add(fullName(imageID))
  }
  return ({ id, tags, digests }) => names.has(id) || [...tags, ...digests].some((name) => names.has(fullName(name)))
}

/** `nginx` is `docker.io/library/nginx:latest`; an image ID stays as it is. */
function fullName(reference: string): string {
  if (reference.startsWith('sha256:')) return reference
  const digest = /@.*$/.exec(reference)?.[0]
  return `${repositoryOf(reference)}${digest ?? /:[^:/]*$/.exec(reference)?.[0] ?? ':latest'}`
}
