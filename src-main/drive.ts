import type { Clock } from './common/clock.ts'
import type { NodeAccess } from './common/kube/node-access.ts'
import { Servers } from './common/kube/server.ts'
import type { UsageSource } from './common/kube/usage.ts'
import type { VolumeWork } from './common/kube/volume-work.ts'
import type { Api } from './engine/api/api.ts'
import { clusterSigner } from './engine/api/pki/cluster-signer.ts'
import type { Client } from './engine/client/client.ts'
import type { SharedInformers } from './engine/client/informers.ts'
import { LocalClient } from './engine/client/local-client.ts'
import type { EventBroadcaster } from './engine/client/recorder.ts'
import { startControllers } from './engine/controllers/index.ts'
import { Copier } from './engine/copies/copier.ts'
import { copyKey } from './engine/copies/recovery-key.ts'
import { ClusterLeases } from './engine/lease/cluster-leases.ts'
import type { Metrics } from './engine/metrics/start-metrics.ts'
import type { ClusterImages } from './engine/nodes/images/cluster-images.ts'
import type { podPages } from './engine/nodes/pod-pages.ts'
import { ServerManager } from './engine/nodes/server-manager.ts'
import type { ServerManagerOptions } from './engine/nodes/server-manager.ts'
import type { VolumeFiles } from './engine/nodes/volumes/docker-volumes.ts'
import { startNetwork } from './engine/network/start-network.ts'
import type { Network } from './engine/network/start-network.ts'
import { startScheduler } from './engine/scheduler/index.ts'
import { RebalanceTable } from './engine/scheduler/rebalance.ts'
import { Cipher } from './engine/store/cipher.ts'
import type { Store } from './engine/store/store.ts'
import type { Drive, DriveOptions } from './services/driving/driving-service.ts'

/** What a drive stands on. */
export interface DriveContext {
  api: Api
  store: Store
  client: Client
  informers: SharedInformers
  clock: Clock
  events: EventBroadcaster
  metrics: Metrics
  /** What is measured, and the pages of the pods' programs: for the autoscalers. */
  usage: UsageSource
  pages: ReturnType<typeof podPages>
  /** Every pod's logs. */
  logs: Pick<NodeAccess, 'logs'>
  images: ClusterImages
  helperRecipe: string
  open: ServerManagerOptions['open']
  /** What controllers have done with volumes, given the way to those of a node. */
  volumeWork(files: (node: string) => VolumeFiles | undefined): VolumeWork
  /** Makes this machine's Docker the first server of a cluster that has none. */
  joinLocal(): Promise<void>
  onError(error: unknown): void
}

/** A running drive. */
export interface RunningDrive extends Drive {
  /** The way to a node's pods. */
  access(node: string): NodeAccess | undefined
  /** What is in the kept volumes of a node. */
  volumes(node: string): VolumeFiles | undefined
  reopen(server: string): Promise<void>
  /** See `Network`. */
  rulesHave: Network['rulesHave']
}

type Stop = () => Promise<void> | void

/** Starts everything that changes servers and decides what is to be: leases, nodes, network, controllers, scheduler, copies of the state. */
export async function startDriving(context: DriveContext, { term, clusterId, identity, onRefused, onCopies }: DriveOptions, end: (stops: Stop[]) => Promise<void>): Promise<RunningDrive> {
  const { api, store, client, informers, clock, events, metrics, onError } = context
  const stops: Stop[] = []
  const stop = (): Promise<void> => end(stops.splice(0))
  try {
    const leases = new ClusterLeases({ clock, clusterId, term, revision: () => store.revision, onRefused })
    const copier = new Copier({
      store, clock, clusterId, epoch: term.epoch, cipher: new Cipher(copyKey(identity.recoveryKey, clusterId)),
      sessions: () => leases.sessions, onSessions: (listener) => leases.onChange(listener), onState: onCopies,
    })
    const network = startNetwork({ client, informers, clock, clusterId, helperRecipe: context.helperRecipe, recorder: events.recorder('toque-network'), onError })
    stops.push(() => network.stop())
    await context.joinLocal()
    const manager = new ServerManager({ client, informers, clock, clusterId, events, network, metrics, leases, images: context.images, onError, open: context.open })
    stops.push(() => manager.stop())
    // Before the sessions that it sends on are closed.
    stops.push(() => copier.stop())
    const recorder = (component: string): ReturnType<EventBroadcaster['recorder']> => events.recorder(component)
    const controllers = await startControllers({
      client: new LocalClient(api, 'system:kube-controller-manager'), informers, clock, recorder, resources: api.registry.all().filter((kind) => kind.schema === undefined).map((kind) => kind.resource), ca: identity.ca.cert, signer: clusterSigner(identity.ca, clock), onError,
      autoscaling: { usage: context.usage, pages: context.pages }, logs: context.logs, rebalancing: new RebalanceTable(informers), traffic: network,
      volumeWork: context.volumeWork((node) => manager.volumes(node)),
    })
    stops.push(() => controllers.stop())
    const scheduler = await startScheduler({ client: new LocalClient(api, 'system:kube-scheduler'), informers, clock, recorder, onError })
    stops.push(() => scheduler.stop())
    return {
      access: (node) => manager.access(node),
      volumes: (node) => manager.volumes(node),
      reopen: (server) => manager.reopen(server),
      rulesHave: (services, addresses, signal) => network.rulesHave(services, addresses, signal),
      leaveLocal: async () => {
        for (const { metadata: { name }, spec } of (await client.list(Servers)).items) if (spec.local === true) await manager.leave(name)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
