import { isIP } from 'node:net'
import { INGRESS_CLASS_ANNOTATION, isDefaultIngressClass } from '../../../common/kube/ingress.ts'
import type { HTTPIngressPath, Ingress, IngressBackend } from '../../../common/kube/generated/networking-v1.ts'
import { IngressClasses, Ingresses } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dns1035Label, dnsSubdomain, portName, portNumber, wildcardSubdomain } from '../validation/names.ts'
import { type Lookup, defineKind } from './kind.ts'

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix']
/** What would make two spellings of one path. */
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F']
const BAD_ENDS = ['/..', '/.']
/** Hosts that the table names, and the widest address it shows. */
const SHOWN_HOSTS = 3
const ADDRESS_WIDTH = 16

/** Ingress: which requests from outside go to which Services. Served by the network. */
export const ingressKind = defineKind<Ingress>({
  resource: Ingresses,
  shortNames: ['ing'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(ingress, lookup) {
    ingress.status = { loadBalancer: {} }
    if (ingress.spec !== undefined && ingress.spec.ingressClassName === undefined && classAnnotation(ingress) === undefined) {
      const name = defaultClass(lookup)
      if (name !== undefined) ingress.spec.ingressClassName = name
    }
  },
  validate: validateIngress,
  reserve(ingress, old, errors) {
    // Only at creation, as upstream's: what has both may be changed.
    const named = classAnnotation(ingress)
    if (old === undefined && named !== undefined && ingress.spec.ingressClassName !== undefined) errors.invalid(`annotations.${INGRESS_CLASS_ANNOTATION}`, named, 'can not be set when the class field is also set')
    return { keep: () => undefined, undo: () => undefined }
  },
  columns: [
    nameColumn,
    { name: 'Class', type: 'string', description: 'The name of the IngressClass resource that should be used for additional configuration', cell: (o) => o.spec?.ingressClassName ?? classAnnotation(o) ?? '<none>' },
    { name: 'Hosts', type: 'string', description: 'Hosts that incoming requests are matched against before the ingress rule', cell: hostsText },
    { name: 'Address', type: 'string', description: 'Address is a list containing ingress points for the load-balancer', cell: addressText },
    { name: 'Ports', type: 'string', description: 'Ports of TLS configurations that open', cell: (o) => ((o.spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80') },
    ageColumn,
  ],
})

function classAnnotation(ingress: Ingress): string | undefined {
  return ingress.metadata.annotations?.[INGRESS_CLASS_ANNOTATION]
}

/** The newest class that is marked as the default; of the same age the first by name: upstream's admission. */
function defaultClass(lookup: Lookup): string | undefined {
  const marked = lookup.list(IngressClasses, '').filter(isDefaultIngressClass)
  marked.sort((a, b) => (a.metadata.creationTimestamp === b.metadata.creationTimestamp ? (a.metadata.name < b.metadata.name ? -1 : 1) : a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1))
  return marked[0]?.metadata.name
}

function validateIngress(ingress: Ingress, errors: FieldErrors): void {
  const spec = (ingress.spec ?? {}) as Ingress['spec']
  if ((spec.rules?.length ?? 0) === 0 && spec.defaultBackend === undefined) errors.invalid('spec', [], 'either `defaultBackend` or `rules` must be specified')
  if (spec.defaultBackend !== undefined) validateBackend('spec.defaultBackend', spec.defaultBackend, errors)
  spec.rules?.forEach(({ host, http }, i) => {
    const at = `spec.rules[${String(i)}]`
    if (host) validateHost(`${at}.host`, host, errors, true)
    if (http === undefined) return
    if ((http.paths ?? []).length === 0) errors.required(`${at}.http.paths`)
    http.paths?.forEach((path, j) => validatePath(`${at}.http.paths[${String(j)}]`, path, errors))
  })
  spec.tls?.forEach(({ hosts, secretName }, i) => {
    for (const host of hosts ?? []) validateHost(`spec.tls[${String(i)}].hosts`, host, errors, false)
    errors.check(`spec.tls[${String(i)}].secretName`, secretName || undefined, dnsSubdomain)
  })
  errors.check('spec.ingressClassName', spec.ingressClassName, dnsSubdomain)
}

function validateHost(at: string, host: string, errors: FieldErrors, noAddress: boolean): void {
  if (noAddress && isIP(host) !== 0) errors.invalid(at, host, 'must be a DNS name, not an IP address')
  errors.check(at, host, host.includes('*') ? wildcardSubdomain : dnsSubdomain)
}

function validatePath(at: string, { path = '', pathType, backend }: HTTPIngressPath, errors: FieldErrors): void {
  if (!pathType) errors.required(`${at}.pathType`, 'pathType must be specified')
  else if (!PATH_TYPES.includes(pathType)) errors.notSupported(`${at}.pathType`, pathType, PATH_TYPES)
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.invalid(`${at}.path`, path, 'must be an absolute path')
  } else {
    if (!path.startsWith('/')) errors.invalid(`${at}.path`, path, 'must be an absolute path')
    for (const part of BAD_PARTS) if (path.includes(part)) errors.invalid(`${at}.path`, path, `must not contain '${part}'`)
    for (const end of BAD_ENDS) if (path.endsWith(end)) errors.invalid(`${at}.path`, path, `cannot end with '${end}'`)
  }
  validateBackend(`${at}.backend`, (backend as IngressBackend | undefined) ?? {}, errors)
}

function validateBackend(at: string, { resource, service }: IngressBackend, errors: FieldErrors): void {
  if (resource !== undefined && service !== undefined) return errors.invalid(at, '', 'cannot set both resource and service backends')
  if (resource !== undefined) {
    if (!resource.kind) errors.required(`${at}.resource.kind`, 'kind is required')
    if (!resource.name) errors.required(`${at}.resource.name`, 'name is required')
    return
  }
  if (service === undefined) return errors.invalid(at, '', 'resource or service backend is required')
  if (!service.name) errors.required(`${at}.service.name`)
  else errors.check(`${at}.service.name`, service.name, dns1035Label)
  const { name = '', number = 0 } = service.port ?? {}
  if (name !== '' && number !== 0) errors.invalid(at, '', 'cannot set both port name & port number')
  else if (name !== '') {
    errors.check(`${at}.service.port.name`, name, portName)
  } else if (number !== 0) {
    errors.check(`${at}.service.port.number`, number, portNumber)
  } else errors.required(at, 'port name or number is required')
}

function hostsText({ spec }: Ingress): string {
  const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []))
  if (hosts.length === 0) return '*'
  return joined(hosts.slice(0, SHOWN_HOSTS)) + (hosts.length > SHOWN_HOSTS ? ` + ${String(hosts.length - SHOWN_HOSTS)} more...` : '')
}

function addressText({ status }: Ingress): string {
  const all = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').filter((text) => text !== '').join(',')
  return all.length > ADDRESS_WIDTH ? `${all.slice(0, ADDRESS_WIDTH - 3)}...` : all
}
