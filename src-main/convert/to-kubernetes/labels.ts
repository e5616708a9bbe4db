import { AUTOSCALE, INGRESS, isLabelValue, isQualifiedName, SCHEDULE, NETWORK_PREFIX, COMPOSE_SERVICE, APP } from '../conventions.ts'
import type { ServiceContext } from './context.ts'

/** Labels that ask Toque for something: they become objects, not annotations. */
const ASKS = new Set<string>([...Object.values(AUTOSCALE), SCHEDULE, ...Object.values(INGRESS)])

/** Those that ask for what Kubernetes has another word for, or does by itself: they stay as annotations, that nobody there follows. */
const UNHEARD: Readonly<Record<string, string>> = {
  'toque.canary': 'An annotation that nobody follows there: a Rollout (toque.dev/v1) brings a new image in by steps.',
  'toque.alert': 'An annotation that nobody follows there: a Notification (toque.dev/v1) tells of warnings, Prometheus of use.',
  'toque.rebalance': 'An annotation that nobody follows there: pods that exist are spread again by the plan on the page Nodes, or when they are made anew.',
}

/** What a service asks for in the labels of its deploy or, failing that, its own. */
export function asked({ labels, deploy }: ServiceContext['service'], key: string): string | undefined {
  return deploy?.labels?.[key] ?? labels?.[key]
}

/** Annotations of the workload (`deploy.labels`) and of its pods (`labels`, `annotations`), and the pods' labels. */
export function annotationsOf({ service, note, name, kubeName }: ServiceContext): { workload: Record<string, string>; pod: Record<string, string>; podLabels: Record<string, string> } {
  const workload = keep(service.deploy?.labels ?? {}, (key) => {
    const why = Object.entries(UNHEARD).find(([root]) => key === root || key.startsWith(`${root}.`))?.[1]
    if (why === undefined) note.same('deploy', 'labels', key)
    else note.changed(['deploy', 'labels', key], why)
  }, (key, why) => note.lost(['deploy', 'labels', key], why))
  const pod = keep(service.annotations ?? {}, (key) => note.same('annotations', key), (key, why) => note.lost(['annotations', key], why))
  const podLabels: Record<string, string> = {}
  for (const [key, value] of Object.entries(service.labels ?? {})) {
    if (ASKS.has(key)) continue
    if (isQualifiedName(key) && isLabelValue(value) && key !== APP && !key.startsWith(NETWORK_PREFIX) && !key.startsWith('app.kubernetes.io/')) {
      podLabels[key] = value
      note.same('labels', key)
    } else if (isQualifiedName(key) && !(key in pod)) {
      pod[key] = value
      note.changed(['labels', key], 'An annotation of the pods: labels have at most 63 letters, digits, dots and dashes. Tools that read labels of containers have to be told of it.')
    } else note.lost(['labels', key], 'Kubernetes takes no such name: use letters, digits, dots and dashes.')
  }
  if (kubeName !== name) workload[COMPOSE_SERVICE] = name
  return { workload, pod, podLabels }
}

function keep(labels: Readonly<Record<string, string>>, same: (key: string) => void, lost: (key: string, why: string) => void): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [key, value] of Object.entries(labels)) {
    if (ASKS.has(key)) continue
    if (!isQualifiedName(key) || key === COMPOSE_SERVICE) lost(key, 'Kubernetes takes no such name: use letters, digits, dots and dashes.')
    else {
      same(key)
      kept[key] = value
    }
  }
  return kept
}
