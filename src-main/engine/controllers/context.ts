import type { Clock } from '../../common/clock.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import type { CustomResources } from './custom-resources/custom-resources.ts'
import type { ReconcileFailure } from './workqueue/controller.ts'

/** What every controller is made with. */
export interface ControllerContext {
  client: Client
  informers: Informers
  clock: Clock
  /** A recorder that signs with this controller's name. */
  recorder: (component: string) => EventRecorder
  /** Every kind that can be in a namespace or own something: what a namespace's end empties and garbage collection follows. */
  resources: readonly Resource[]
  /** The kinds that come and go beside those; absent: there are none. */
  custom?: CustomResources
  /** Hears failed reconciles, which are retried. */
  onError: (failure: ReconcileFailure) => void
}

/** A controller that can be started once and stopped once. */
export interface Runnable {
  readonly name: string
  /** Called when the informers it asked for are synced. */
  start(): void
  stop(): Promise<void>
}

/** The kinds that can be in a namespace or own something, those included that came and may go. */
export function kindsOf({ resources, custom }: Pick<ControllerContext, 'resources' | 'custom'>): Resource[] {
  return [...resources, ...(custom?.list() ?? [])]
}
