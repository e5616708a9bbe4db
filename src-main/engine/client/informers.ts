import type { KubeObject } from '../../common/kube/object.ts'
import { groupResourceOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Informer, Informers } from './informer.ts'
import { SharedInformer } from './shared-informer.ts'
import type { InformerOptions } from './shared-informer.ts'

/** Makes the process's shared informers: each starts when it is first asked for. */
export class SharedInformers implements Informers {
  readonly #options: InformerOptions
  readonly #informers = new Map<string, { informer: unknown; synced: Promise<void>; abort: AbortController; done: Promise<void> }>()

  constructor(options: InformerOptions) {
    this.#options = options
  }

  for<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    // A custom kind may leave in one version and come in another.
    const key = `${groupResourceOf(resource)}/${resource.version}`
    const known = this.#informers.get(key)
    // The map's key says the kind, and with it `T`.
    if (known !== undefined) return known.informer as SharedInformer<T>
    const informer = new SharedInformer(resource, this.#options)
    const abort = new AbortController()
    const done = informer.run(abort.signal).finally(() => {
      // It ended by itself: its kind is gone, and would come back as another one.
      if (!abort.signal.aborted) this.#informers.delete(key)
    })
    this.#informers.set(key, { informer, synced: informer.synced, abort, done })
    return informer
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((i) => i.synced))
  }

  async stop(): Promise<void> {
    const informers = [...this.#informers.values()]
    for (const { abort } of informers) abort.abort(new Error('the informers are stopping'))
    await Promise.all(informers.map((i) => i.done))
  }
}
