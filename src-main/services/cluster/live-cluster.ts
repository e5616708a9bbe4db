import { claimsHeldOn } from '../../common/kube/claim-data.ts'
import type { VolumeLookup } from '../../common/kube/claim-data.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, DaemonSets, Deployments, Events, Namespaces, Nodes, Pods, ReplicaSets, ReplicationControllers, Services, StatefulSets } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Rollouts } from '../../common/kube/rollout.ts'
import { Servers } from '../../common/kube/server.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { volumeLookup } from '../../engine/client/volume-lookup.ts'
import { Snapshot } from './snapshot.ts'

/** The cluster's present moment, kept by informers. */
export class LiveCluster {
  readonly #informers: Informers
  readonly #version = new LiveValue(0)
  readonly #volumes: VolumeLookup
  #snapshot: { version: number; snapshot: Snapshot } | undefined

  constructor(informers: Informers) {
    this.#informers = informers
    this.#volumes = volumeLookup(informers)
    const changed = (): void => this.#version.set(this.#version.get() + 1)
    const resources: readonly Resource[] = [Pods, Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers, ControllerRevisions, Services, Nodes, Namespaces, Events, Servers, Rollouts]
    for (const resource of resources) informers.for(resource).addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
  }

  /** Resolves when the first whole lists are there. */
  get synced(): Promise<void> {
    return this.#informers.synced()
  }

  /** Tells of each change. Returns a function that ends it. */
  onChange(listener: () => void): () => void {
    return this.#version.onChange(listener)
  }

  /** Pods that are bound to a node, as the API has them. */
  podsOn(node: string): Frozen<Pod>[] {
    return this.#informers.for(Pods).lister.onNode(node)
  }

  /** The pod's claims whose data is on its server and nowhere else, by name. */
  heldClaims(pod: Frozen<Pod>): string[] {
    return claimsHeldOn(pod, this.#volumes).map(({ claim }) => claim.metadata.name)
  }

  nodes(): Frozen<Node>[] {
    return this.#informers.for(Nodes).lister.list()
  }

  /** The present moment: the same one until something changes. */
  get now(): Snapshot {
    const version = this.#version.get()
    if (this.#snapshot?.version !== version) {
      const all = this.#informers
      this.#snapshot = {
        version,
        snapshot: new Snapshot({
          pods: all.for(Pods).lister.list(), deployments: all.for(Deployments).lister.list(), replicaSets: all.for(ReplicaSets).lister.list(),
          statefulSets: all.for(StatefulSets).lister.list(), daemonSets: all.for(DaemonSets).lister.list(), replicationControllers: all.for(ReplicationControllers).lister.list(), controllerRevisions: all.for(ControllerRevisions).lister.list(),
          services: all.for(Services).lister.list(), nodes: all.for(Nodes).lister.list(), namespaces: all.for(Namespaces).lister.list(), events: all.for(Events).lister.list(), rollouts: all.for(Rollouts).lister.list(),
        }),
      }
    }
    return this.#snapshot.snapshot
  }
}
