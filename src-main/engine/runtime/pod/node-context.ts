import type { Clock } from '../../../common/clock.ts'
import type { Pod, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { NodeRuntime } from '../container-runtime.ts'
import type { AddressPool } from '../node/address-pool.ts'
import type { GpuPool } from '../node/gpu-pool.ts'
import type { CheckTools } from '../probes/check.ts'
import type { Claims } from './claimed-volumes.ts'
import type { NodeFacts } from './specs.ts'
import type { ImageSupply } from './image-supply.ts'
import type { TokenSource } from './pod-tokens.ts'
import type { Sources } from './sources.ts'

/** Remembers, for the whole cluster, what Docker does not know of a node's images. */
export interface ImageNotes {
  /** It came out of a registry by these credentials. `secrets`: UIDs. */
  isPrivate(imageId: string, secrets: readonly string[]): Promise<void>
  /** This cluster brought it there, by these names. Not `isNew`: it was there before, and whoever brought it then did. */
  brought(imageId: string, names: readonly string[], isNew: boolean): Promise<void>
}

/** What a pod worker has of its node. */
export interface NodeContext {
  facts: NodeFacts
  runtime: NodeRuntime
  tools: CheckTools
  sources: Sources
  token: TokenSource
  claims: Claims
  supply: ImageSupply
  imageNotes: ImageNotes
  /** The node's disk is full: removes what nothing needs. True when something was removed. */
  makeRoom(): Promise<boolean>
  addresses: AddressPool
  gpus: GpuPool
  clock: Clock
  recorder: EventRecorder
  /** Does a Service select the pod, so that ending it must wait for the rules? */
  inService(pod: Frozen<Pod>): boolean
  /** Writes the status when it differs from what is stored; never waits, retries by itself. */
  writeStatus(pod: Frozen<Pod>, status: PodStatus): void
  /** Nothing of the pod runs any more: deletes its object for good. */
  confirmDeleted(pod: Frozen<Pod>): Promise<void>
  /** The worker is done; nothing of the pod is on the node. */
  forget(uid: string): void
  onError(error: unknown): void
}
