/** Names that Kubernetes can have, one for each of a file's: lower case, dashes, at most 53 characters (a pod's name adds to it), none twice. */
export function kubeNames(names: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  const taken = new Set<string>()
  // Those that stay as they are go first: nothing else may take their name.
  for (const name of [...names].sort((a, b) => Number(kubeName(a) !== a) - Number(kubeName(b) !== b))) {
    const wanted = kubeName(name)
    let free = wanted
    for (let i = 2; taken.has(free); i++) free = `${wanted}-${String(i)}`
    taken.add(free)
    given.set(name, free)
  }
  return given
}

/** A name as a DNS label: it begins with a letter, as a Service's must. */
export function kubeName(name: string): string {
  const label = name.toLowerCase().replace(/[^a-z0-9-]/g, '-').replace(/^-+/, '').slice(0, 53).replace(/-+$/, '')
  return /^[a-z]/.test(label) ? label : `x-${label}`.replace(/-+$/, '')
}
