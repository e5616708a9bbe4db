import { ISSUER_ANNOTATIONS } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import type { Secret, Service } from '../../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import type { Ingress, IngressBackend, IngressClass } from '../../../common/kube/generated/networking-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { RevisionShare } from '../../../common/kube/rollout.ts'
import { backendsOf, slicesByService } from '../service-model.ts'
import type { ServiceInput } from '../service-model.ts'
import { byRevision } from './revision-groups.ts'
import { readCertificate } from './certificates.ts'
import { pendingChallenges } from './challenges.ts'
import type { ServedChallenge } from './challenges.ts'
import type { GatewayModel } from './gateway/gateway-model.ts'
import type { GatewayRoute } from './gateway/precedence.ts'
import type { GatewayBackend } from './gateway/route-config.ts'
import { claimOf } from './ingress-class.ts'
import { ingressOptions } from './ingress-options.ts'
import type { IngressOptions } from './ingress-options.ts'
import { serverWeights } from './server-weights.ts'

/** One address that requests may be sent to. */
export interface IngressServer {
  ip: string
  port: number
  weight: number
  /** Its pod is ending; it is used only because nothing else is left. */
  ending: boolean
}

/** The pods behind one path's Service, and how they are spoken to. */
export interface IngressBackendModel {
  /** `namespace:HTTPRoute:route:rule`, or `namespace:ingress:service:port`, and `:https` where plain HTTP is sent to HTTPS. */
  name: string
  options: Pick<IngressOptions, 'redirect' | 'cookie' | 'backendTls' | 'timeoutSeconds'>
  servers: IngressServer[]
  /** Of an HTTPRoute's rule. */
  gateway?: GatewayBackend
}

/** One host's paths; `host` is '' for requests that no other host matches, or begins with `*.`. Each path leads to a backend's name. */
export interface IngressHost {
  host: string
  exact: ReadonlyMap<string, string>
  prefix: ReadonlyMap<string, string>
}

/** A certificate, and the names that it is shown for (none: for all that have no other). */
export interface IngressCertificate {
  name: string
  pem: string
  hosts: string[]
}

/** What the proxies have to do. Everything in it is in a fixed order. */
export interface IngressModel {
  hosts: IngressHost[]
  /** Where requests go that match nothing. */
  fallback: string | undefined
  backends: IngressBackendModel[]
  certificates: IngressCertificate[]
  /** What a CA is answered that asks whether a host is ours. Absent: nothing. */
  challenges?: ServedChallenge[]
  /** What Gateways serve, in order of precedence; it goes before all Ingresses. Absent: nothing. */
  routes?: GatewayRoute[]
}

/** A sentence that an Ingress has to be told. */
export interface IngressProblem {
  ingress: Frozen<Ingress>
  reason: 'BadTLS' | 'BadBackend' | 'BadAnnotation' | 'PathTaken' | 'NoIngressClass'
  message: string
}

export interface IngressInput extends Omit<ServiceInput, 'services' | 'slices'> {
  ingresses: readonly Frozen<Ingress>[]
  classes: readonly Frozen<IngressClass>[]
  services: readonly Frozen<Service>[]
  slices: readonly Frozen<EndpointSlice>[]
  secret(namespace: string, name: string): Frozen<Secret> | undefined
  /** By the pods' addresses, where a Rollout shares the requests between revisions now. */
  revisions: ReadonlyMap<string, RevisionShare>
  certificates?: readonly Frozen<Certificate>[]
  gateways?: Pick<GatewayModel, 'routes' | 'backends' | 'certificates'>
  /** Milliseconds since the epoch. */
  now: number
}

/** The Ingresses that are ours, the oldest first: where two want the same, it has it. */
export function ourIngresses(ingresses: readonly Frozen<Ingress>[], classes: readonly Frozen<IngressClass>[]): Frozen<Ingress>[] {
  const order = ({ metadata: { creationTimestamp, namespace = '', name } }: Frozen<Ingress>): string => `${creationTimestamp} ${namespace}/${name}`
  return ingresses.filter((ingress) => claimOf(ingress, classes).ours).sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** What all proxies serve for these objects, and what is wrong with them. Pure. */
export function ingressModel(input: IngressInput): { model: IngressModel; problems: IngressProblem[] } {
  const builder = new ModelBuilder(input)
  for (const ingress of input.ingresses) {
    const { problem } = claimOf(ingress, input.classes)
    if (problem !== undefined) builder.problems.push({ ingress, reason: 'NoIngressClass', message: problem })
  }
  if (input.gateways !== undefined) builder.addGateways(input.gateways)
  for (const ingress of ourIngresses(input.ingresses, input.classes)) builder.add(ingress)
  return builder.finish()
}

/** Addresses that requests are sent to because their pods are ready: a pod with one of these is not drained. */
export function servedAddresses(model: IngressModel): Set<string> {
  return new Set(model.backends.flatMap(({ servers }) => servers.flatMap(({ ip, ending }) => (ending ? [] : [ip]))))
}

type Paths = { exact: Map<string, string>; prefix: Map<string, string> }

class ModelBuilder {
  readonly problems: IngressProblem[] = []
  readonly #input: IngressInput
  readonly #services: ReadonlyMap<string, Frozen<Service>>
  readonly #slices: ReadonlyMap<string, EndpointSlice[]>
  readonly #hosts = new Map<string, Paths>()
  readonly #owners = new Map<string, string>()
  readonly #backends = new Map<string, IngressBackendModel>()
  readonly #certificates = new Map<string, IngressCertificate>()
  #fallback: string | undefined

  constructor(input: IngressInput) {
    this.#input = input
    this.#services = new Map(input.services.map((service) => [`${service.metadata.namespace ?? ''}/${service.metadata.name}`, service]))
    this.#slices = slicesByService(input.slices as EndpointSlice[])
  }

  add(ingress: Frozen<Ingress>): void {
    const { options, problems } = ingressOptions(ingress)
    for (const message of problems) this.#tell(ingress, 'BadAnnotation', message)
    const secured = this.#addCertificates(ingress)
    const { defaultBackend, rules = [] } = ingress.spec
    for (const { host = '', http } of rules) {
      for (const { path = '/', pathType, backend } of http?.paths ?? []) this.#addPath(ingress, host, path === '' ? '/' : path, pathType === 'Exact', this.#backend(ingress, backend, options, secured(host)))
    }
    if (defaultBackend === undefined) return
    for (const host of new Set(rules.map((rule) => rule.host ?? ''))) {
      if (host !== '' && this.#hosts.get(host)?.prefix.has('/') !== true) this.#addPath(ingress, host, '/', false, this.#backend(ingress, defaultBackend, options, secured(host)))
    }
    this.#fallback ??= this.#backend(ingress, defaultBackend, options, false)
  }

  addGateways({ backends, certificates }: Pick<GatewayModel, 'backends' | 'certificates'>): void {
    for (const backend of backends) this.#backends.set(backend.name, backend)
    for (const { name, pem, hosts } of certificates) this.#addCertificate(name, pem, hosts)
  }

  finish(): { model: IngressModel; problems: IngressProblem[] } {
    const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    const hosts = sorted(this.#hosts).map(([host, { exact, prefix }]) => ({ host, exact: new Map(sorted(exact)), prefix: new Map(sorted(prefix)) }))
    return {
      model: { hosts, fallback: this.#fallback, backends: sorted(this.#backends).map(([, backend]) => backend), certificates: sorted(this.#certificates).map(([, certificate]) => certificate), challenges: pendingChallenges(this.#input.certificates ?? []), routes: this.#input.gateways?.routes ?? [] },
      problems: this.problems,
    }
  }

  #tell(ingress: Frozen<Ingress>, reason: IngressProblem['reason'], message: string): void {
    this.problems.push({ ingress, reason, message })
  }

  #addPath(ingress: Frozen<Ingress>, host: string, path: string, exact: boolean, backend: string | undefined): void {
    if (backend === undefined) return
    if (/[\s\x00-\x1f\x7f]/.test(path)) return this.#tell(ingress, 'BadBackend', `path ${JSON.stringify(path)}: a path has no white space; in a request it is written %20`)
    const paths = this.#hosts.get(host) ?? { exact: new Map<string, string>(), prefix: new Map<string, string>() }
    this.#hosts.set(host, paths)
    const table = exact ? paths.exact : paths.prefix
    // Without its last slash: `/a/` and `/a` are the same prefix.
    const key = exact ? path : path.replace(/\/+$/, '') || '/'
    const id = `${exact ? 'exact' : 'prefix'} ${host} ${key}`
    const owner = this.#owners.get(id)
    const self = `${ingress.metadata.namespace ?? ''}/${ingress.metadata.name}`
    if (owner !== undefined) {
      if (table.get(key) !== backend) this.#tell(ingress, 'PathTaken', `path ${path} of ${host === '' ? 'all hosts' : `host ${host}`} is served by ${owner === self ? 'an earlier rule of this Ingress' : `the older Ingress ${owner}`}; this one gets none of its requests`)
      return
    }
    this.#owners.set(id, self)
    table.set(key, backend)
  }

  /** Gives a test: is plain HTTP for a host to be sent to HTTPS, by what the Ingress says of TLS? Also with a bad certificate: nothing becomes plain by an accident. */
  #addCertificates(ingress: Frozen<Ingress>): (host: string) => boolean {
    const declared = new Set<string>()
    const namespace = ingress.metadata.namespace ?? ''
    for (const { hosts = [], secretName = '' } of ingress.spec.tls ?? []) {
      for (const host of hosts) declared.add(host)
      if (hosts.length === 0) declared.add('')
      if (secretName === '') {
        this.#tell(ingress, 'BadTLS', `spec.tls for ${hosts.join(', ') || 'all hosts'} names no Secret, and there is no certificate for it: set secretName to a Secret of type kubernetes.io/tls`)
        continue
      }
      const secret = this.#input.secret(namespace, secretName)
      // One that is being got: its Certificate tells how far it is.
      if (secret === undefined && ISSUER_ANNOTATIONS.some((name) => ingress.metadata.annotations?.[name])) continue
      const read = readCertificate(`${namespace}/${secretName}`, secret, this.#input.now)
      if ('problem' in read) {
        this.#tell(ingress, 'BadTLS', `${read.problem}. Until then there is no HTTPS for ${hosts.join(', ') || 'the hosts of this Ingress'}`)
        continue
      }
      if (read.warning !== undefined) this.#tell(ingress, 'BadTLS', read.warning)
      this.#addCertificate(`${namespace}:${secretName}`, read.pem, hosts)
    }
    return (host) => declared.has(host) || declared.has('') || declared.has(host.replace(/^[^.]+/, '*'))
  }

  #addCertificate(name: string, pem: string, hosts: readonly string[]): void {
    const before = this.#certificates.get(name)
    const taken = new Set([...this.#certificates.values()].flatMap((certificate) => (certificate.name === name ? [] : certificate.hosts)))
    // Hosts of the oldest Ingress that names them; with none left there is nothing to show it for.
    const free = hosts.filter((host) => !taken.has(host))
    if (free.length === 0 && hosts.length > 0) return
    const forAll = hosts.length === 0 || before?.hosts.length === 0
    this.#certificates.set(name, { name, pem, hosts: forAll ? [] : [...new Set([...(before?.hosts ?? []), ...free])].sort() })
  }

  /** The backend's name, or undefined where nothing can be sent there, ever. */
  #backend(ingress: Frozen<Ingress>, { service, resource }: Frozen<IngressBackend>, options: IngressOptions, secured: boolean): string | undefined {
    if (service === undefined) {
      this.#tell(ingress, 'BadBackend', `a backend is a ${resource?.kind ?? 'resource'}; only Services are served here`)
      return undefined
    }
    const port = service.port?.name ?? String(service.port?.number ?? '')
    const redirect = options.redirect === 'always' || (options.redirect === 'tls' && secured)
    const name = [ingress.metadata.namespace ?? '', ingress.metadata.name, service.name, port, ...(redirect ? ['https'] : [])].join(':')
    if (!this.#backends.has(name)) {
      const shares = options.weights?.has(service.name) === true ? [...options.weights].sort(([a], [b]) => (a < b ? -1 : 1)) : [[service.name, 1] as const]
      const groups = shares.flatMap(([of, share]) => byRevision(share, this.#pods(ingress, of, service.port), this.#input.revisions))
      const weights = serverWeights(groups.map(({ share, pods }) => ({ share, count: pods.length })))
      const servers = new Map<string, IngressServer>()
      groups.forEach(({ pods }, i) => pods.forEach(({ ip, port: number, ending }) => servers.set(`${ip}:${String(number)}`, { ip, port: number, ending, weight: weights[i] ?? 0 })))
      const { cookie, backendTls, timeoutSeconds } = options
      this.#backends.set(name, { name, options: { redirect: redirect ? options.redirect : 'never', cookie, backendTls, timeoutSeconds }, servers: [...servers.values()] })
    }
    return name
  }

  #pods(ingress: Frozen<Ingress>, name: string, wanted: { name?: string; number?: number } = {}): ReturnType<typeof backendsOf> {
    const key = `${ingress.metadata.namespace ?? ''}/${name}`
    const spec = this.#services.get(key)?.spec
    const port = spec?.ports?.find((p) => (wanted.name === undefined || wanted.name === '' ? p.port === wanted.number : p.name === wanted.name))
    if (spec === undefined) this.#tell(ingress, 'BadBackend', `Service ${key} is not there: requests for it are answered with 503`)
    else if (spec.type === 'ExternalName') this.#tell(ingress, 'BadBackend', `Service ${key} is only another name (ExternalName): requests for it are answered with 503. Give it endpoints`)
    else if (port === undefined) this.#tell(ingress, 'BadBackend', `Service ${key} has no port ${wanted.name || String(wanted.number)}: requests for it are answered with 503`)
    return port === undefined || spec?.type === 'ExternalName' ? [] : backendsOf(port as { port: number }, this.#slices.get(key) ?? [], this.#input)
  }
}
