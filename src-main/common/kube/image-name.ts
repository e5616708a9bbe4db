/** The registry's address that an image name begins with: `ghcr.io/me/app:1` is on `ghcr.io`. Undefined: it names none, as `nginx` and `me/app` on Docker Hub. */
export function registryHostOf(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined
}
