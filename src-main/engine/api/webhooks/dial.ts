import { connect as connectTcp } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServiceReference } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import type { Lookup } from '../registry/kind.ts'
import { duplexOf } from '../streaming/duplex.ts'
import type { Endpoint } from './service-endpoint.ts'
import { endpointsOf } from './service-endpoint.ts'
import { WebhookError } from './webhook-error.ts'

/** What a way to a Service needs. */
export interface ServiceReach {
  /** Finds Services and their endpoints. */
  readonly lookup: Pick<Lookup, 'get' | 'list'>
  /** The way into pods; without one, Services of the cluster cannot be reached. */
  readonly nodes: () => Partial<Pick<NodeAccess, 'portForward'>> | undefined
}

/** Connects to one of a Service's endpoints, any, and the next where it does not take the connection. Throws what the last one failed with. */
export async function dialService({ lookup, nodes }: ServiceReach, service: ServiceReference, signal: AbortSignal): Promise<Duplex> {
  const endpoints = endpointsOf(lookup, service)
  const first = Math.floor(Math.random() * endpoints.length)
  let failure: unknown
  for (let i = 0; i < endpoints.length && !signal.aborted; i++) {
    try {
      return await connect(endpoints[(first + i) % endpoints.length] as Endpoint, nodes, signal)
    } catch (error) {
      failure = error
    }
  }
  throw failure ?? signal.reason
}

async function connect({ pod, address, port }: Endpoint, nodes: ServiceReach['nodes'], signal: AbortSignal): Promise<Duplex> {
  if (pod !== undefined) {
    const reach = nodes()
    if (reach?.portForward === undefined) throw new WebhookError(`pod "${pod.name}" cannot be reached from here: no servers are driven at the moment`)
    return duplexOf(await reach.portForward(pod.namespace, pod.name, port))
  }
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, signal }, () => resolve(socket))
    socket.once('error', reject)
  })
}
