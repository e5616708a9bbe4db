import type { KubeObject } from '../../common/kube/object.ts'
import type { Changes } from '../../common/rpc/watches.ts'
import type { Informer } from '../../engine/client/informer.ts'

/** Changes of what some informers hold; `count`: only when an object comes or goes. */
export function changesOf(informers: readonly Pick<Informer<KubeObject>, 'synced' | 'addHandler'>[], what: 'any' | 'count' = 'any'): Changes {
  return {
    synced: Promise.all(informers.map((informer) => informer.synced)).then(() => undefined),
    onChange: (listener) => {
      const stops = informers.map((informer) => informer.addHandler({ onAdd: listener, onDelete: listener, ...(what === 'any' ? { onUpdate: listener } : {}) }))
      return () => stops.forEach((stop) => stop())
    },
  }
}
