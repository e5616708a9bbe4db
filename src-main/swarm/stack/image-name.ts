import { registryHostOf } from '../../common/kube/image-name.ts'
import { StackLabel } from './names.ts'
import type { ContainerServiceSpec } from '../docker/specs.ts'

const DIGEST = /@[a-z0-9+._-]+:[0-9a-fA-F]{32,}$/

/**
 * An image's name as Docker writes it into a service: Docker Hub's own address left out, and `:latest` where there is neither tag nor digest.
 * What is no name of an image stays as it is.
 */
export function taggedImage(image: string): string {
  if (/^[0-9a-f]{64}$/.test(image) || !/^[\w./:@+-]+$/.test(image)) return image
  const short = familiar(image)
  return DIGEST.test(short) || tagOf(short) !== undefined ? short : `${short}:latest`
}

/** The same image, by its digest, too; one that names a digest already stays as it is. */
export function withDigest(image: string, digest: string): string {
  const tagged = taggedImage(image)
  return DIGEST.test(tagged) ? tagged : `${tagged}@${digest}`
}

/** Without the digest. */
export function withoutDigest(image: string): string {
  return image.replace(DIGEST, '')
}

/** Whether it names its content, so that nobody needs to be asked for it. */
export function hasDigest(image: string): boolean {
  return DIGEST.test(image)
}

/** A service's image as its file said it; without a file's word, as it is, but for the digest. */
function imageSaid({ Labels, TaskTemplate }: ContainerServiceSpec): string {
  return Labels?.[StackLabel.image] ?? withoutDigest(TaskTemplate.ContainerSpec.Image)
}

/** Whether `image`, as a file has it, is the one that the service has: as its file said it then, or by the digest, as it is read back. */
export function hasImage(spec: ContainerServiceSpec, image: string): boolean {
  return [imageSaid(spec), spec.TaskTemplate.ContainerSpec.Image].some((own) => taggedImage(own) === taggedImage(image))
}

function familiar(image: string): string {
  const host = registryHostOf(image)
  if (host !== undefined && host !== 'docker.io' && host !== 'index.docker.io') return image
  return image.slice(host === undefined ? 0 : host.length + 1).replace(/^library\/(?=[^/]+$)/, '')
}

function tagOf(image: string): string | undefined {
  return /:([^/:@]+)$/.exec(withoutDigest(image))?.[1]
}
