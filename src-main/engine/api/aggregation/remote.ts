import type { APIService } from '../../../common/kube/generated/apiregistration-v1.ts'
import type { ServiceReference } from '../../../common/kube/generated/apiextensions-v1.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { APIServices } from '../../../common/kube/kinds.ts'
import type { Lookup } from '../registry/kind.ts'

/** An APIService that another server answers for. */
export interface Remote {
  /** `v1.example.com`. */
  readonly name: string
  readonly uid: string
  readonly group: string
  readonly version: string
  readonly service: ServiceReference
  /** PEM in base64; undefined: the system's. */
  readonly caBundle: string | undefined
  readonly insecure: boolean
  readonly groupPriority: number
  readonly versionPriority: number
  readonly available: boolean
}

/** What an APIService says of another server; undefined where it says that this one answers. */
export function remoteOf({ metadata: { name, uid }, spec, status }: Readonly<APIService>): Remote | undefined {
  const { service, group = '', version = '', caBundle, insecureSkipTLSVerify = false, groupPriorityMinimum, versionPriority } = spec
  if (service?.name === undefined || service.namespace === undefined || group === '') return undefined
  return {
    name, uid, group, version, service: { name: service.name, namespace: service.namespace, port: service.port ?? 443 }, caBundle: caBundle || undefined, insecure: insecureSkipTLSVerify,
    groupPriority: groupPriorityMinimum, versionPriority, available: isConditionTrue(status?.conditions, 'Available'),
  }
}

/** Who answers for a path, where that is another server: `/apis/example.com/v1` and all below it. */
export function remoteFor(pathname: string, lookup: Pick<Lookup, 'get'>): Remote | undefined {
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(pathname) ?? []
  const service = group === undefined || version === undefined ? undefined : lookup.get(APIServices, '', `${version}.${group}`)
  return service === undefined ? undefined : remoteOf(service)
}

/** All that other servers answer for. */
export function remotesOf(lookup: Pick<Lookup, 'list'>): Remote[] {
  return lookup.list(APIServices, '').flatMap((service) => remoteOf(service) ?? [])
}
