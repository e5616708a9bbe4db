import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import { Servers } from '../../common/kube/server.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Host } from '../../hosts/host.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventBroadcaster } from '../client/recorder.ts'
import type { ClusterLeases } from '../lease/cluster-leases.ts'
import { guardHost } from '../lease/write-guard.ts'
import type { Metrics, Room } from '../metrics/start-metrics.ts'
import type { Network, NetworkNode } from '../network/start-network.ts'
import { dockerImages } from '../runtime/docker/docker-images.ts'
import { writtenBy } from '../runtime/docker/written-by.ts'
import { ContainerHolds } from '../runtime/container-holds.ts'
import { startNodeAgent } from '../runtime/node/node-agent.ts'
import type { NodePlace } from '../runtime/node/node-agent.ts'
import { ImageCleaner } from './cleanup/image-cleaner.ts'
import type { ClusterImages } from './images/cluster-images.ts'
import { dockerImagePlace } from './images/docker-image-place.ts'
import { gpusUsable } from './room/gpu-support.ts'
import { LocalStorage } from './room/local-storage.ts'
import { NodeRoom } from './room/node-room.ts'
import { dockerVolumeFiles } from './volumes/docker-volumes.ts'
import type { VolumeFiles } from './volumes/docker-volumes.ts'

/** What all nodes of a cluster share. */
export interface NodesContext {
  client: Client
  informers: Informers
  clock: Clock
  clusterId: string
  events: EventBroadcaster
  network: Network
  metrics: Metrics
  leases: ClusterLeases
  images: ClusterImages
  onError(error: unknown): void
}

/** One server as a node can be made of it. */
export interface NodeHost {
  host: Host
  /** Is it not this machine? */
  remote: boolean
  place(): Promise<NodePlace>
  /** See `NetworkNode`. */
  apiWay: NetworkNode['apiWay']
}

/** One node's agent, network and metrics, begun and ended together. */
export interface NodeParts {
  readonly host: Host
  readonly access: NodeAccess
  readonly volumes: VolumeFiles
  /** Ends them; every container stays as it is, and `host` open. */
  stop(): Promise<void>
}

/** Makes a node of a server. Returns at once; the parts wait for Docker by themselves. */
export function startNode(context: NodesContext, name: string, on: NodeHost, oneByOne: <T>(choose: () => Promise<T>) => Promise<T>): NodeParts {
  const { client, informers, clock, clusterId, events, network, metrics, leases, images, onError } = context
  const { host, remote, place, apiWay } = on
  const lease = leases.of(name, remote)
  const mine = guardHost(host, lease)
  const nodes = informers.for(Nodes).lister
  let told = ''
  const cleaner = new ImageCleaner({
    name, images: dockerImages(mine.docker, clock), recorder: events.recorder('kubelet', name), node: () => nodes.get('', name), pods: () => informers.for(Pods).lister.list(),
  })
  // A pull that finds the disk full knows not how much it needs.
  const makeRoom = (): Promise<boolean> => {
    room.lookAtDisk()
    return cleaner.makeRoom(() => Promise.resolve(false))
  }
  const holds = new ContainerHolds()
  const agent = startNodeAgent({ client, informers, host: mine, clock, nodeName: name, clusterId, recorder: events.recorder('kubelet', name), onError: trouble, place, remote, oneByOne, supply: images.for(name), makeRoom, holds })
  const endImages = images.addNode(name, dockerImagePlace(`server ${name}`, mine), !remote)
  const kept = network.addNode({ name, host, apiWay, right: lease })
  const room = new NodeRoom({
    client, clock, recorder: events.recorder('kubelet', name), name, onError, node: () => nodes.get('', name),
    facts: (pciVendors) => kept.facts(pciVendors), gpusUsable: () => gpusUsable(host), makeRoom: (enough) => cleaner.makeRoom(enough), roomMade: () => agent.roomMade(),
  })
  const storage = new LocalStorage({
    clock, onError, pods: () => informers.for(Pods).lister.onNode(name), volumeSizes: (names) => kept.volumeSizes(names), containerSizes: (uid) => writtenBy(host.docker, uid), evict: (uid, message) => agent.evict(uid, message),
  })
  const onRoom = (reading: Room): void => {
    room.take(reading)
    storage.look()
  }
  const endSampling = metrics.addNode({ name, host, readFiles: (paths) => kept.readFiles(paths), onRoom })
  /** What is tried again and again is told once; on the Server, while it keeps it from becoming a node. */
  function trouble(error: unknown): void {
    const message = messageOf(error)
    if (message === told) return
    told = message
    onError(error)
    const server = informers.for(Servers).lister.get('', name)
    if (server !== undefined && nodes.get('', name) === undefined) events.recorder('kubelet', name).event(server, 'Warning', 'NotANode', message)
  }
  return {
    host,
    access: agent.nodeAccess,
    volumes: dockerVolumeFiles(mine, clusterId, clock, holds),
    async stop() {
      endSampling()
      endImages()
      await lease.release()
      await Promise.all([kept.stop(), agent.stop(), room.stop(), storage.stop()])
    },
  }
}
