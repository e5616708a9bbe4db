import type { Clock } from '../../common/clock.ts'
import type { TrafficSource } from '../../common/kube/traffic.ts'
import type { Host } from '../../hosts/host.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import type { LiveApiWay } from './api-service.ts'
import type { DrivingRight } from './node-network.ts'

/** What the network of a cluster needs. */
export interface NetworkOptions {
  client: Client
  informers: Informers
  clock: Clock
  clusterId: string
  /** The folder resources/node-helper of this build. */
  helperRecipe: string
  /** Default: `HELPER_IMAGE`. */
  helperImage?: string
  /** All nodes' pods; default 10.244.0.0/16. */
  clusterCidr?: string
  /** Cluster IPs; default 10.96.0.0/12. */
  serviceCidr?: string
  /** Writes Events: about what is wrong, and on a node when its endpoints have left the others' rules. Default: nobody is told. */
  recorder?: EventRecorder
  /** Told of what failed and is not shown on an object. */
  onError?: (error: unknown) => void
}

/** One node of the network. */
export interface NetworkNode {
  name: string
  host: Host
  /** The way to the engine's API, for pods that call the Service `kubernetes`. */
  apiWay: LiveApiWay
  right: DrivingRight
}

/** A running network. */
export interface Network extends TrafficSource {
  /** Begins to keep a node. Returns at once. */
  addNode(node: NetworkNode): NodeHandle
  /** Resolves when the kernels of all nodes that answer have rules of these Services (`namespace/name`) at these revisions or later, and lead new connections to these addresses. */
  rulesHave(services: ReadonlyMap<string, string>, addresses: readonly string[], signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** A node while the network keeps it. */
export interface NodeHandle {
  /**
   * Reads files on the node through its helper (paths under /host/cgroup and /proc): `path:line` for each line that holds a
   * number the metrics can use. Rejects with HelperError while the helper cannot be reached.
   */
  readFiles(paths: readonly string[]): Promise<string>
  /** What the node is made of, as the helper's script prints it: its disk, and devices of these PCI vendors (`0x10de`). */
  facts(pciVendors: readonly string[]): Promise<string>
  /** Docker volumes of the node by name, with the bytes that each takes on the disk, as they were counted after the last such request; those not counted yet are left out. */
  volumeSizes(names: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Leaves it as it is. */
  stop(): Promise<void>
}
