/** The labels that `docker stack deploy` puts on what it makes. */
export const StackLabel = {
  /** The stack's name. */
  namespace: 'com.docker.stack.namespace',
  /** A service's image as its file says it: the spec itself has the digest, too. */
  image: 'com.docker.stack.image',
} as const

/** The stack that what is in no stack is in: its names are whole ones, and it has no label. */
export const NO_STACK = ''

/** In a Compose file: its services belong to no stack. */
export const NO_STACK_KEY = 'x-toque-no-stack'

/** The name of something of a stack: `app_web`. */
export function scoped(stack: string, name: string): string {
  return stack === NO_STACK ? name : `${stack}_${name}`
}

/** A name without the stack's part; undefined: it has none. */
export function unscoped(stack: string, name: string): string | undefined {
  if (stack === NO_STACK) return name
  return name.startsWith(`${stack}_`) && name.length > stack.length + 1 ? name.slice(stack.length + 1) : undefined
}

/** Whether a network is one that people make: those that every node has know no aliases, and need not be looked for. */
export function isUserDefined(network: string): boolean {
  return !['default', 'bridge', 'host', 'none'].includes(network) && !network.startsWith('container:')
}

/** Why a service, network, secret or config cannot have this name in Swarm, or undefined. */
export function nameProblem(kind: 'service' | 'network' | 'secret' | 'config', name: string): string | undefined {
  if (kind === 'network') return name.trim() === '' ? 'A network needs a name.' : undefined
  const most = kind === 'service' ? 63 : 64
  if (name.length > most) return `"${name}" has ${String(name.length)} characters, and the name of a ${kind} (the stack's name in front) may have ${String(most)}: shorten one of the two.`
  const valid = kind === 'service' ? /^[a-zA-Z0-9]+(?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?$/ : /^[a-zA-Z0-9]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/
  if (valid.test(name)) return undefined
  const marks = kind === 'service' ? 'dashes and underscores' : 'dots, dashes and underscores'
  return `"${name}" cannot be the name of a ${kind} in Swarm: use letters, digits, ${marks}, with a letter or a digit at both ends.`
}

/** Why a stack cannot have this name, or undefined. */
export function stackNameProblem(name: string): string | undefined {
  if (/^[a-zA-Z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?$/.test(name)) return undefined
  return `"${name}" cannot be the name of a stack: use letters, digits, dashes and underscores, with a letter or a digit at both ends.`
}
