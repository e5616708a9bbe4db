import { registryHostOf } from '../../src-main/common/kube/image-name.ts'

/** The registry's address in an image name, '' for Docker Hub: `ghcr.io/me/app:1` is on `ghcr.io`. */
export function registryOf(image: string): string {
  const host = registryHostOf(image.trim())
  return host === undefined || host === 'docker.io' ? '' : host
}
