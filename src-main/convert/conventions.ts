/** The label by which a service's objects and pods are found; its value is the service's name there. */
export const APP = 'app'

/** The label that holds the name of the Compose project. */
export const PART_OF = 'app.kubernetes.io/part-of'

/** A pod's label for each Compose network that it is on: `network.toque.dev/front: "true"`. */
export const NETWORK_PREFIX = 'network.toque.dev/'

/** Notes a service's own name when Kubernetes could not have it. */
export const COMPOSE_SERVICE = 'toque.dev/compose-service'

/** Labels of a stack file that ask for what Swarm lacks, in `deploy.labels`. */
export const AUTOSCALE = { min: 'toque.autoscale.min', max: 'toque.autoscale.max', cpu: 'toque.autoscale.cpu', memory: 'toque.autoscale.memory' } as const
export const SCHEDULE = 'toque.schedule'
export const INGRESS = { host: 'toque.ingress.host', port: 'toque.ingress.port', path: 'toque.ingress.path' } as const

/** The ports that a NodePort may have. */
export const NODE_PORTS = { from: 30_000, to: 32_767 } as const

/** Where a secret without a path is mounted. */
export const SECRETS_FOLDER = '/run/secrets'

/** How Docker runs `CMD-SHELL`. */
export const SHELL = ['/bin/sh', '-c'] as const

/** Docker's health check where a file says nothing: seconds, seconds, times. */
export const HEALTH_DEFAULTS = { interval: 30, timeout: 30, retries: 3 } as const

export const SECOND = 1_000_000_000
export const GPU = 'nvidia.com/gpu'

/** May it be the key of a label or an annotation? */
export function isQualifiedName(key: string): boolean {
  const [name = '', prefix] = key.split('/').reverse()
  return key.split('/').length <= 2 && /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name) && (prefix === undefined || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(prefix))
}

/** May it be a label's value? */
export function isLabelValue(value: string): boolean {
  return value === '' || /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(value)
}

/** Keeps `$(NAME)` from being filled in by Kubernetes, which makes one dollar sign of two. */
export function keepDollars(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll('$', '$$$$') : text
}

/** What Kubernetes makes of a text in which no variable stands. */
export function singleDollars(text: string): string {
  return text.replaceAll('$$', '$')
}
