/** The registry's address that an image name begins with: `ghcr.io/me/app:1` is on `ghcr.io`. Undefined: it names none, as `nginx` and `me/app` on Docker Hub. */
export function registryHostOf(image: string): string | undefined {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : undefined
}

/** When an image is pulled where nothing is said of it: `Always` for `:latest` or no tag, `IfNotPresent` for another tag or a digest. */
export function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  const name = image.slice(image.lastIndexOf('/') + 1)
  if (name.includes('@')) return 'IfNotPresent'
  const colon = name.indexOf(':')
  return colon < 0 || name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent'
}
