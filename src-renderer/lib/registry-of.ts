/** The registry's address in an image name, '' for Docker Hub: `ghcr.io/me/app:1` is on `ghcr.io`. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.trim().split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') && first !== 'docker.io' ? first : ''
}
