import type { Service } from '../../../common/kube/generated/core-v1.ts'
import { Services } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn, pairs } from '../table/columns.ts'
import { validateAddress } from '../validation/addresses.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateLabels } from '../validation/metadata.ts'
import { dns1035Label, dnsLabel, dnsSubdomain, portName, portNumber } from '../validation/names.ts'
import { type Kind, defineKind, proxySubresource } from './kind.ts'
import { needsOf, releaseFor, reserveFor } from './service-allocation.ts'
import type { ServicePools } from './service-pools.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const STICKY_SECONDS = 10800
const MAX_STICKY_SECONDS = 86400

/** Service: its cluster IP and node ports come from `pools`. */
export function serviceKind(pools: ServicePools): Kind {
  return defineKind<Service>({
    resource: Services,
    shortNames: ['svc'],
    categories: ['all'],
    nameCheck: dns1035Label,
    hasStatus: true,
    subresources: [proxySubresource('ServiceProxyOptions')],
    defaults: defaultService,
    prepareForCreate(service) {
      service.status = { loadBalancer: {} }
    },
    prepareForUpdate: keepAllocated,
    validate: validateService,
    validateUpdate(service, old, errors) {
      const [now, was] = [service.spec.clusterIP ?? '', old.spec.clusterIP ?? '']
      if (needsOf(service).ip && needsOf(old).ip && now !== was) errors.invalid('spec.clusterIPs[0]', [now], 'may not change once set')
      else if (was === 'None' && now !== 'None' && service.spec.type !== 'ExternalName') errors.invalid('spec.clusterIPs[0]', [now], 'may not change once set')
      else if (now === 'None' && was !== 'None' && was !== '') errors.invalid('spec.clusterIPs[0]', [now], 'may not change once set')
    },
    reserve: (service, old, errors) => reserveFor(pools, service, old, errors),
    release: (service) => releaseFor(pools, service),
    selectableFields: ['spec.clusterIP', 'spec.type'],
    selectableField: (service, field) => (field === 'spec.type' ? service.spec.type : service.spec.clusterIP) ?? '',
    columns: [
      nameColumn,
      { name: 'Type', type: 'string', cell: (o) => o.spec.type ?? '' },
      { name: 'Cluster-IP', type: 'string', cell: (o) => o.spec.clusterIP || '<none>' },
      { name: 'External-IP', type: 'string', cell: externalIp },
      { name: 'Port(s)', type: 'string', cell: (o) => joined((o.spec.ports ?? []).map((p) => `${String(p.port)}${p.nodePort ? `:${String(p.nodePort)}` : ''}/${p.protocol ?? 'TCP'}`)) },
      ageColumn,
      { name: 'Selector', type: 'string', priority: 1, cell: (o) => pairs(o.spec.selector) },
    ],
  })
}

function defaultService(service: Service): void {
  // An object without a spec is validated as an empty one.
  const spec = (service.spec ??= {})
  spec.sessionAffinity ||= 'None'
  spec.type ||= 'ClusterIP'
  if (spec.externalName === '') delete spec.externalName
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {}
    spec.sessionAffinityConfig.clientIP ??= {}
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= STICKY_SECONDS
  } else delete spec.sessionAffinityConfig
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port
  }
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ||= 'Cluster'
  else if ((spec.externalIPs?.length ?? 0) === 0) delete spec.externalTrafficPolicy
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
  else delete spec.allocateLoadBalancerNodePorts
  if (spec.type === 'ExternalName') return
  spec.internalTrafficPolicy ||= 'Cluster'
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0]
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
  spec.ipFamilies ??= ['IPv4']
  spec.ipFamilyPolicy ??= 'SingleStack'
}

/** What the client left out of an update stays allocated. */
function keepAllocated(service: Service, old: Readonly<Service>): void {
  const [now, was] = [needsOf(service), needsOf(old)]
  if (now.ip && was.ip && !service.spec.clusterIP && old.spec.clusterIP) {
    service.spec.clusterIP = old.spec.clusterIP
    service.spec.clusterIPs = [...(old.spec.clusterIPs ?? [])]
  }
  if (service.spec.type === 'ExternalName' && old.spec.type !== 'ExternalName' && service.spec.clusterIP === old.spec.clusterIP) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) Reflect.deleteProperty(service.spec, field)
  }
  for (const port of service.spec.ports ?? []) {
    const same = old.spec.ports?.find((p) => p.port === port.port && (p.protocol ?? 'TCP') === port.protocol)
    // From NodePort back to ClusterIP: a port that the client merely kept goes away.
    if (!now.ports && was.ports && port.nodePort === same?.nodePort) delete port.nodePort
    if (now.ports && !port.nodePort && same?.nodePort) port.nodePort = same.nodePort
  }
}

function validateService(service: Service, errors: FieldErrors): void {
  const { spec } = service
  errors.oneOf('spec.type', spec.type, TYPES)
  errors.oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None'])
  const ports = spec.ports ?? []
  if (spec.type === 'ExternalName') {
    if (spec.clusterIP) errors.forbidden('spec.clusterIPs', 'may not be set for ExternalName services')
    const wrong = spec.externalName ? dnsSubdomain(spec.externalName.replace(/\.$/, '')) : undefined
    if (!spec.externalName) errors.required('spec.externalName')
    else if (wrong !== undefined) errors.invalid('spec.externalName', spec.externalName, wrong)
  } else if (ports.length === 0 && spec.clusterIP !== 'None') errors.required('spec.ports')
  if (spec.clusterIP === 'None' && (spec.type === 'NodePort' || spec.type === 'LoadBalancer')) errors.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)
  validateLabels(spec.selector, 'spec.selector', errors)
  spec.externalIPs?.forEach((ip, i) => validateAddress(`spec.externalIPs[${String(i)}]`, ip, errors))
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (seconds !== undefined && (seconds <= 0 || seconds > MAX_STICKY_SECONDS)) errors.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, `must be greater than 0 and less than ${String(MAX_STICKY_SECONDS)}`)
  errors.supported('spec.externalTrafficPolicy', spec.externalTrafficPolicy, ['Cluster', 'Local'])
  errors.supported('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local'])
  const names = new Set<string>()
  const numbers = new Set<string>()
  ports.forEach((port, i) => {
    const at = `spec.ports[${String(i)}]`
    if (port.name) {
      errors.check(`${at}.name`, port.name, dnsLabel)
      if (names.has(port.name)) errors.duplicate(`${at}.name`, port.name)
      names.add(port.name)
    } else if (ports.length > 1) errors.required(`${at}.name`)
    if (portNumber(port.port) !== undefined) errors.invalid(`${at}.port`, port.port ?? 0, 'must be between 1 and 65535, inclusive')
    errors.oneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])
    const target = port.targetPort
    const badTarget = typeof target === 'number' ? portNumber(target) : typeof target === 'string' ? portName(target) : undefined
    if (badTarget !== undefined) errors.invalid(`${at}.targetPort`, target, badTarget)
    const id = `${port.protocol ?? ''}/${String(port.port)}`
    if (numbers.has(id)) errors.duplicate(at, { port: port.port, protocol: port.protocol })
    numbers.add(id)
    if (port.nodePort && spec.type === 'ClusterIP') errors.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")
  })
}

function externalIp({ spec, status }: Service): string {
  if (spec.type === 'ExternalName') return spec.externalName ?? ''
  const fromBalancer = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? i.hostname ?? '')
  const all = [...fromBalancer, ...(spec.externalIPs ?? [])]
  return joined(all, spec.type === 'LoadBalancer' ? '<pending>' : '<none>')
}
