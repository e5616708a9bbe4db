import type { Clock } from '../../common/clock.ts'
import { Namespaces, Nodes, Pods } from '../../common/kube/kinds.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import type { FilterPlugin } from './framework.ts'
import { defaultPlugins } from './plugins/index.ts'
import { Scheduler } from './scheduler.ts'
import { VolumeBinder } from './volume-binder.ts'

/** What the scheduler needs. */
export interface StartSchedulerOptions {
  client: Client
  informers: Informers
  clock: Clock
  recorder: (component: string) => EventRecorder
  onError: (error: unknown, what: string) => void
  /** Breaks ties between equally good nodes. Default 1. */
  seed?: number
}

/** Starts scheduling once the informers are synced. */
export async function startScheduler({ recorder, seed = 1, ...options }: StartSchedulerOptions): Promise<{ stop(): Promise<void> }> {
  const volumes = new VolumeBinder(options.client, options.informers, options.clock)
  const plugins = { ...defaultPlugins, filters: [...defaultPlugins.filters, volumes.filter as FilterPlugin] }
  const scheduler = new Scheduler({ ...options, recorder: recorder('default-scheduler'), plugins, seed, steps: [volumes] })
  volumes.onChange(() => scheduler.wake('volume'))
  await Promise.all([options.informers.for(Namespaces).synced, options.informers.for(Nodes).synced, options.informers.for(Pods).synced, volumes.synced])
  scheduler.start()
  return {
    async stop() {
      volumes.stop()
      await scheduler.stop()
    },
  }
}
