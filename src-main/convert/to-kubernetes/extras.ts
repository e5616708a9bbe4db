import type { HorizontalPodAutoscaler, MetricSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Ingress } from '../../common/kube/generated/networking-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { AUTOSCALE, INGRESS } from '../conventions.ts'
import type { Meta, ServiceContext } from './context.ts'
import { asked } from './labels.ts'

/** Where the label that asks for `key` is written. */
function at({ deploy }: ServiceContext['service'], key: string): string[] {
  return deploy?.labels?.[key] === undefined ? ['labels', key] : ['deploy', 'labels', key]
}

/** `toque.autoscale.*` labels as a HorizontalPodAutoscaler. */
export function autoscalersOf({ service, note, kubeName, kind }: ServiceContext, meta: Meta): Draft<HorizontalPodAutoscaler>[] {
  const given = Object.values(AUTOSCALE).filter((key) => asked(service, key) !== undefined)
  const whole = (key: string): number | undefined => {
    const text = asked(service, key)
    if (text === undefined || !/^[1-9]\d{0,5}%?$/.test(text)) return undefined
    return parseInt(text, 10)
  }
  const refuse = (why: string): never[] => {
    for (const key of given) note.lost(at(service, key), why)
    return []
  }
  if (given.length === 0) return []
  if (kind !== 'Deployment' && kind !== 'StatefulSet') return refuse('Only what runs in a number of replicas can be scaled.')
  const [min, max, cpu, memory] = [whole(AUTOSCALE.min) ?? 1, whole(AUTOSCALE.max), whole(AUTOSCALE.cpu), whole(AUTOSCALE.memory)]
  if (max === undefined || max < min) return refuse(`Autoscaling needs ${AUTOSCALE.max}: a number, at least as many as ${AUTOSCALE.min}.`)
  for (const key of given) {
    if (whole(key) === undefined) note.lost(at(service, key), 'It must be a whole number.')
    else if (service.deploy?.labels?.[key] !== undefined && !String(service.deploy.labels[key]).endsWith('%')) note.same(...at(service, key))
    else note.changed(at(service, key), 'Part of the HorizontalPodAutoscaler.')
  }
  const metric = (name: string, percent: number | undefined): MetricSpec[] => (percent === undefined ? [] : [{ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization: percent } } }])
  const metrics = [...metric('cpu', cpu), ...metric('memory', memory)]
  return [{
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: meta(kubeName),
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind, name: kubeName }, minReplicas: min, maxReplicas: max, ...(metrics.length === 0 ? {} : { metrics }) },
  }]
}

/** `toque.ingress.*` labels as an Ingress. */
export function ingressesOf({ service, note, kubeName }: ServiceContext, meta: Meta): Draft<Ingress>[] {
  const given = Object.values(INGRESS).filter((key) => asked(service, key) !== undefined)
  if (given.length === 0) return []
  const refuse = (why: string): never[] => {
    for (const key of given) note.lost(at(service, key), why)
    return []
  }
  const host = asked(service, INGRESS.host)
  const port = Number(asked(service, INGRESS.port) ?? service.ports?.[0]?.target)
  const path = asked(service, INGRESS.path) ?? '/'
  if (host === undefined || !/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host)) return refuse(`An Ingress needs ${INGRESS.host}: the name that people type, in lower case.`)
  if (!path.startsWith('/')) return refuse(`${INGRESS.path} must begin with a slash.`)
  const known = [...(service.ports ?? []).map(({ target }) => target), ...(service.expose ?? []).map((entry) => parseInt(entry, 10))]
  if (!known.includes(port)) return refuse(`${INGRESS.port} must be one of the service's ports or of what it exposes.`)
  for (const key of given) {
    if (service.deploy?.labels?.[key] === undefined) note.changed(at(service, key), 'Part of the Ingress.')
    else note.same(...at(service, key))
  }
  const backend = { service: { name: kubeName, port: { number: port } } }
  return [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta(kubeName), spec: { rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] } }]
}
