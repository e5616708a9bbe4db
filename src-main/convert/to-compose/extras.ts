import type { HorizontalPodAutoscaler } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Ingress, NetworkPolicy } from '../../common/kube/generated/networking-v1.ts'
import { APP, AUTOSCALE, INGRESS, NETWORK_PREFIX, PART_OF } from '../conventions.ts'
import { notSame } from '../report.ts'
import type { Given, Making } from './context.ts'

function ask(making: Making, service: string, labels: Record<string, string>): void {
  const own = making.model.services[service]
  if (own === undefined) return
  own.deploy = { ...own.deploy, labels: { ...own.deploy?.labels, ...labels } }
}

/** An autoscaler as labels that Toque reads. `services`: the service of each workload. */
export function addAutoscaler({ object, note }: Given<HorizontalPodAutoscaler>, services: ReadonlyMap<string, string>, making: Making): void {
  const spec = object.spec
  const service = services.get(`${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`)
  if (spec === undefined || service === undefined) return note.lost('spec', 'What it scales is not among the objects.')
  note.same('metadata', 'name')
  for (const key of [APP, PART_OF]) note.same('metadata', 'labels', key)
  for (const key of ['scaleTargetRef', 'minReplicas', 'maxReplicas']) note.same('spec', key)
  const labels: Record<string, string> = { [AUTOSCALE.max]: String(spec.maxReplicas), ...(spec.minReplicas === undefined ? {} : { [AUTOSCALE.min]: String(spec.minReplicas) }) }
  spec.metrics?.forEach(({ type, resource }, i) => {
    const key = resource?.name === 'cpu' ? AUTOSCALE.cpu : resource?.name === 'memory' ? AUTOSCALE.memory : undefined
    const percent = resource?.target.averageUtilization
    if (type !== 'Resource' || key === undefined || percent === undefined) return note.lost(['spec', 'metrics', i], 'Toque scales Swarm\'s services by the use of CPU and memory, in percent of what they reserve.')
    labels[key] = String(percent)
    note.same('spec', 'metrics', i)
  })
  // Without metrics it is the CPU that counts, at the share that a server fills in.
  if ((spec.metrics ?? []).length === 0) labels[AUTOSCALE.cpu] = '80'
  if (spec.behavior !== undefined) note.lost(['spec', 'behavior'], 'Toque\'s defaults are used for Swarm.')
  ask(making, service, labels)
}

/** An Ingress with one host and path as labels that Toque reads. `services`: the Compose service behind each Service. */
export function addIngress({ object, note: of }: Given<Ingress>, services: ReadonlyMap<string, string>, making: Making): void {
  const first = object.spec?.rules?.[0]?.http?.paths[0]?.backend.service
  const isPlain = object.metadata.name === first?.name && targetOf(first?.name, first?.port?.number, making) === first?.port?.number
  const note = isPlain ? of : notSame(of, 'Said by the labels toque.ingress.* of the service.')
  note.same('metadata', 'name')
  for (const key of [APP, PART_OF]) note.same('metadata', 'labels', key)
  const taken = new Set<string>()
  object.spec?.rules?.forEach(({ host, http }, i) => http?.paths.forEach(({ path, backend }, j) => {
    const at = ['spec', 'rules', i, 'http', 'paths', j]
    const service = services.get(backend.service?.name ?? '')
    const port = targetOf(backend.service?.name, backend.service?.port?.number, making)
    if (host === undefined || service === undefined || port === undefined || taken.has(service)) {
      return note.lost(at, 'The labels toque.ingress.* say one host, path and port number for a service: put a proxy of your own before the services for more.')
    }
    taken.add(service)
    note.same('spec', 'rules', i, 'host')
    note.same(...at)
    ask(making, service, { [INGRESS.host]: host, [INGRESS.port]: String(port), ...(path === undefined || path === '/' ? {} : { [INGRESS.path]: path }) })
  }))
  if (object.spec?.tls !== undefined) note.lost(['spec', 'tls'], 'Certificates are the proxy\'s matter: give it to the one before the stack.')
}

/** The container's port behind a Service's. */
function targetOf(service: string | undefined, port: number | undefined, { objects }: Making): number | undefined {
  const target = objects.services.find(({ object }) => object.metadata.name === service)?.object.spec?.ports?.find((one) => one.port === port)?.targetPort
  return typeof target === 'number' ? target : port
}

/** A policy that says what Compose networks say; any other is lost. */
export function addPolicy({ object, note }: Given<NetworkPolicy>, making: Making): void {
  const selector = Object.entries(object.spec?.podSelector?.matchLabels ?? {})
  const network = selector.length === 1 && selector[0]?.[0].startsWith(NETWORK_PREFIX) ? selector[0][0].slice(NETWORK_PREFIX.length) : undefined
  const published = selector.length === 1 && selector[0]?.[0] === APP && object.spec?.ingress?.every(({ from, ports }) => from === undefined && ports !== undefined) === true && object.spec.egress === undefined
  if (network === undefined && !published) return note.lost('spec', 'Docker keeps apart only whole networks: put services that may not meet on different ones.')
  note.changed('metadata', 'Networks need no object for this.')
  for (const key of ['apiVersion', 'kind']) note.changed(key, 'Networks need no object for this.')
  note.changed('spec', network === undefined ? 'What is published is open to all.' : 'Said by who is on which network.')
  if (network === undefined || network === 'default') return
  making.model.networks[network] = { ...making.model.networks[network], ...(object.spec?.policyTypes?.includes('Egress') === true ? { internal: true } : {}) }
}
