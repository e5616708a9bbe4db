import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Node, PersistentVolumeClaim, Pod } from '../../common/kube/generated/core-v1.ts'
import { isFullyBound, BOUND_BY_CONTROLLER, SELECTED_NODE } from '../../common/kube/volumes.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { BindingStep, Reservation } from './framework.ts'
import { volumeBinding, volumePlan } from './plugins/volume-binding.ts'
import type { VolumeCaches, VolumePlan } from './plugins/volume-binding.ts'

/** How long a pod with a node waits for its volumes. */
const PATIENCE_MS = 60_000

/** The volumes of pods on their way to a node: takes them at once, so that no other pod does, then binds them or has them made, and waits until they are. */
export class VolumeBinder implements BindingStep {
  readonly filter: ReturnType<typeof volumeBinding>
  readonly #client: Client
  readonly #informers: Informers
  readonly #clock: Clock
  readonly #assumed = new Map<string, string>()
  readonly #caches: VolumeCaches
  readonly #listeners = new Set<() => void>()
  readonly #ends: (() => void)[]

  constructor(client: Client, informers: Informers, clock: Clock) {
    this.#client = client
    this.#informers = informers
    this.#clock = clock
    const claims = informers.for(PersistentVolumeClaims)
    const volumes = informers.for(PersistentVolumes)
    const classes = informers.for(StorageClasses)
    this.#caches = {
      claim: (namespace, name) => claims.lister.get(namespace, name), volume: (name) => volumes.lister.get('', name), volumes: () => volumes.lister.list(),
      storageClass: (name) => classes.lister.get('', name), assumed: this.#assumed,
    }
    this.filter = volumeBinding(this.#caches)
    const tell = (): void => {
      for (const listener of [...this.#listeners]) listener()
    }
    const handler = { onAdd: tell, onUpdate: tell, onDelete: tell }
    this.#ends = [claims.addHandler(handler), volumes.addHandler(handler), classes.addHandler(handler)]
  }

  get synced(): Promise<unknown> {
    return Promise.all([this.#informers.for(PersistentVolumeClaims).synced, this.#informers.for(PersistentVolumes).synced, this.#informers.for(StorageClasses).synced])
  }

  /** Called when claims, volumes or classes have changed: a pod that waits for one may go. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  stop(): void {
    for (const end of this.#ends) end()
  }

  reserve(pod: Frozen<Pod>, node: Frozen<Node>): Reservation | undefined {
    const plan = volumePlan(pod, node, this.#caches)
    if (plan === undefined) return undefined
    for (const { claim, volume } of plan.bind) this.#assumed.set(volume.metadata.name, claim.metadata.uid)
    const release = (): void => plan.bind.forEach(({ volume }) => this.#assumed.delete(volume.metadata.name))
    return {
      before: async (signal) => {
        await this.#write(plan, node.metadata.name)
        await this.#bound([...plan.bind.map(({ claim }) => claim), ...plan.provision], signal)
        release()
      },
      undo: release,
    }
  }

  async #write(plan: VolumePlan, node: string): Promise<void> {
    for (const { claim, volume } of plan.bind) {
      const { namespace = '', name, uid } = claim.metadata
      if (volume.spec.claimRef?.uid === uid) continue
      const annotations = { ...volume.metadata.annotations, ...(volume.spec.claimRef === undefined ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}) }
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid }
      await this.#client.update(PersistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } })
    }
    for (const { metadata: { namespace = '', name, uid, annotations, resourceVersion } } of plan.provision) {
      if (annotations?.[SELECTED_NODE] === node) continue
      await this.#client.patch(PersistentVolumeClaims, namespace, name, 'application/merge-patch+json', { metadata: { uid, resourceVersion, annotations: { [SELECTED_NODE]: node } } })
    }
  }

  /** Resolves when the cache shows all claims bound; rejects with a sentence when that takes too long or cannot be. */
  async #bound(claims: readonly Frozen<PersistentVolumeClaim>[], signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    const names = claims.map(({ metadata: { name } }) => `"${name}"`).join(', ')
    let failure: Error | undefined
    const look = (): void => {
      const now = claims.map(({ metadata: { namespace = '', name, uid } }) => {
        const claim = this.#caches.claim(namespace, name)
        return claim?.metadata.uid === uid ? claim : undefined
      })
      // A cache that is behind shows the claim as it was before it was written.
      if (now.some((claim) => claim === undefined)) failure = new Error(`a claim of it (${names}) was deleted`)
      if (failure !== undefined || now.every((claim) => claim !== undefined && isFullyBound(claim))) over.abort()
    }
    this.#listeners.add(look)
    look()
    try {
      await sleep(this.#clock, PATIENCE_MS, either)
      failure = new Error(`its volumes (claims ${names}) were not there within ${String(PATIENCE_MS / 1000)} s: see the events of the claims`)
    } catch (error) {
      if (signal.aborted) throw error
    } finally {
      this.#listeners.delete(look)
    }
    if (failure !== undefined) throw failure
  }
}
