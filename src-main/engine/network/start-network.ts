import type { Clock } from '../../common/clock.ts'
import { timestamp } from '../../common/clock.ts'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import { hasReason } from '../../common/errors.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { EndpointSlices, Nodes, Pods, Services } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Host } from '../../hosts/host.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import { newlyDrained } from './drained.ts'
import { HelperError } from './helper-session.ts'
import { NodeNetwork } from './node-network.ts'
import { followPolicies } from './policy-follow.ts'

export { removeHelper } from './helper-container.ts'

/** The helper's image where nothing else is said. */
export const HELPER_IMAGE = 'toque/node-helper:1'

/** Wait before a write that failed is tried again. */
const RETRY_MS = 500
/** A helper away for less (it restarts, dockerd restarts) is nobody's concern: the rules stay. */
const PATIENCE_MS = 3_000

/** What the network of a cluster needs. */
export interface NetworkOptions {
  client: Client
  informers: Informers
  host: Host
  clock: Clock
  clusterId: string
  nodeName: string
  /** The folder resources/node-helper of this build. */
  helperRecipe: string
  /** Default: `HELPER_IMAGE`. */
  helperImage?: string
  /** All nodes' pods; default 10.244.0.0/16. */
  clusterCidr?: string
  /** Cluster IPs; default 10.96.0.0/12. */
  serviceCidr?: string
  /** The port where the engine's API listens on 127.0.0.1, for pods that call the Service `kubernetes`. Default: they cannot. */
  apiPort?: number
  /** Told of what failed and is not shown on an object. */
  onError?: (error: unknown) => void
}

/** A running network. */
export interface Network {
  /**
   * Reads files on the node through its helper (paths under /host/cgroup and /proc): `path:line` for each line that holds a
   * number the metrics can use. Rejects with HelperError while the helper cannot be reached.
   */
  readFiles(paths: readonly string[]): Promise<string>
  stop(): Promise<void>
}

/** Keeps Services, DNS and the drained condition of pods true on the node. Returns at once; waits for the informers by itself. */
export function startNetwork(options: NetworkOptions): Network {
  const { informers, nodeName } = options
  const services = informers.for(Services)
  const slices = informers.for(EndpointSlices)
  const pods = informers.for(Pods)
  const ending = new Map<string, Frozen<Pod>>()
  const told = new Set<string>()
  const stopping = new AbortController()
  const removers: (() => void)[] = []
  let node: NodeNetwork | undefined
  let health: string | undefined
  const changed = (): void => node?.changed()

  const policies = followPolicies(informers, changed)
  removers.push(
    policies.stop,
    services.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed }),
    slices.addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed }),
    pods.addHandler({
      onAdd: (pod) => noteEnding(pod),
      onUpdate: (pod) => noteEnding(pod),
      onDelete: (pod) => {
        ending.delete(pod.metadata.uid)
        told.delete(pod.metadata.uid)
      },
    }),
  )
  function noteEnding(pod: Frozen<Pod>): void {
    if (pod.metadata.deletionTimestamp === undefined) return
    const news = !ending.has(pod.metadata.uid)
    ending.set(pod.metadata.uid, pod)
    if (news) changed()
  }

  /** Writes to the API, again and again until it is written. */
  function until(write: () => Promise<void>): void {
    if (stopping.signal.aborted) return
    write().catch((error: unknown) => {
      if (stopping.signal.aborted) return
      options.onError?.(error)
      options.clock.setTimeout(() => until(write), RETRY_MS)
    })
  }

  const started = Promise.all([services.synced, slices.synced, pods.synced, policies.synced]).then(() => {
    if (stopping.signal.aborted) return
    node = new NodeNetwork({
      docker: options.host.docker,
      clock: options.clock,
      clusterId: options.clusterId,
      nodeName,
      recipe: options.helperRecipe,
      image: options.helperImage ?? HELPER_IMAGE,
      clusterCidr: options.clusterCidr ?? '10.244.0.0/16',
      serviceCidr: options.serviceCidr ?? '10.96.0.0/12',
      apiPort: options.apiPort ?? 0,
      view: () => ({ services: services.lister.list(), slices: slices.lister.list(), ending: [...ending.values()], policy: policies.view() }),
      onApplied: (view, serving) => {
        for (const pod of newlyDrained(view.ending, serving)) {
          if (told.has(pod.metadata.uid)) continue
          told.add(pod.metadata.uid)
          until(() => markDrained(options, pod))
        }
      },
      onHealth: (problem) => {
        health = problem
        const report = (): void => until(() => (health === problem ? reportHealth(options, problem) : Promise.resolve()))
        if (problem === undefined) report()
        else options.clock.setTimeout(report, PATIENCE_MS)
      },
    })
  })

  return {
    readFiles(paths) {
      const session = node?.session
      if (session === undefined) return Promise.reject(new HelperError('the node helper is not connected'))
      return session.request('read', paths.join('\n'))
    },
    async stop() {
      stopping.abort(new Error('stopped'))
      for (const remove of removers) remove()
      await started
      await node?.stop()
    },
  }
}

async function markDrained({ client, clock }: NetworkOptions, pod: Frozen<Pod>): Promise<void> {
  const { namespace = '', name, uid } = pod.metadata
  const condition = { type: DRAINED_CONDITION, status: 'True', reason: 'OutOfServiceRules', lastTransitionTime: timestamp(clock.now()) }
  try {
    // With the UID, a newer pod of the same name is a Conflict.
    await client.patch(Pods, namespace, name, 'application/strategic-merge-patch+json', { metadata: { uid }, status: { conditions: [condition] } }, 'status')
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict', 'Invalid')) throw error
  }
}

/** A node that is not registered yet is an error, too: it is tried again. */
async function reportHealth({ client, clock, nodeName }: NetworkOptions, problem: string | undefined): Promise<void> {
  const condition = {
    type: 'NetworkUnavailable', status: problem === undefined ? 'False' : 'True', reason: problem === undefined ? 'HelperConnected' : 'HelperUnavailable',
    message: problem ?? 'Services and DNS are in place on this node', lastTransitionTime: timestamp(clock.now()),
  }
  await client.patch(Nodes, '', nodeName, 'application/strategic-merge-patch+json', { status: { conditions: [condition] } }, 'status')
}
