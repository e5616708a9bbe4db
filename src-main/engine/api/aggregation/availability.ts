import { messageOf } from '../../../common/errors.ts'
import { isMap } from '../../../common/json.ts'
import { Services } from '../../../common/kube/kinds.ts'
import type { APIResource } from '../../../common/kube/generated/meta-v1.ts'
import { endpointsOf } from '../webhooks/service-endpoint.ts'
import { type LinkOptions, getJson } from './link.ts'
import type { Remote } from './remote.ts'

const CHECK_MS = 5_000

/** What is known of another API server. */
export interface Checked {
  readonly available: boolean
  readonly reason: string
  readonly message: string
  /** What it serves in its group and version; empty where it does not answer. */
  readonly resources: readonly APIResource[]
  /** Where it has the OpenAPI 3 document of that; undefined where it has none. */
  readonly openApi: string | undefined
}

/** Asks whether an API server is there and answers for its group and version, in upstream's reasons. */
export async function check(remote: Remote, options: LinkOptions): Promise<Checked> {
  const { group, version, service: { name, namespace, port = 443 } } = remote
  const no = (reason: string, message: string): Checked => ({ available: false, reason, message, resources: [], openApi: undefined })
  const service = options.lookup.get(Services, namespace, name)
  if (service === undefined) return no('ServiceNotFound', `service/${name} in "${namespace}" is not present`)
  if (service.spec.ports?.some((one) => one.port === port) !== true) return no('ServicePortError', `service/${name} in "${namespace}" is not listening on port ${String(port)}`)
  try {
    endpointsOf(options.lookup, remote.service)
  } catch {
    return no('MissingEndpoints', `endpoints for service/${name} in "${namespace}" have no addresses with port name "${service.spec.ports.find((one) => one.port === port)?.name ?? ''}"`)
  }
  const path = `/apis/${group}/${version}`
  try {
    const list = await getJson(remote, path, options, CHECK_MS)
    if (!isMap(list) || !Array.isArray(list['resources'])) throw new Error(list === undefined ? 'bad status: 404' : 'no list of resources')
    return { available: true, reason: 'Passed', message: 'all checks passed', resources: list['resources'] as APIResource[], openApi: await openApiOf(remote, options) }
  } catch (error) {
    return no('FailedDiscoveryCheck', `failing or missing response from https://${name}.${namespace}.svc:${String(port)}${path}: ${messageOf(error)}`)
  }
}

/** Not all have one. */
async function openApiOf(remote: Remote, options: LinkOptions): Promise<string | undefined> {
  try {
    const index = await getJson(remote, '/openapi/v3', options, CHECK_MS)
    const paths = isMap(index) && isMap(index['paths']) ? index['paths'] : {}
    const entry = paths[`apis/${remote.group}/${remote.version}`]
    return isMap(entry) && typeof entry['serverRelativeURL'] === 'string' ? entry['serverRelativeURL'] : undefined
  } catch {
    return undefined
  }
}
