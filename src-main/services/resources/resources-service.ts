import type { Clock } from '../../common/clock.ts'
import type { Batch, KindRef, ManifestField, ObjectRef, ObjectView, ResourceKind, ResourceRow, Resources } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import { Pods } from '../../common/kube/kinds.ts'
import { apiVersionOf, groupResourceOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { Changes } from '../../common/rpc/watches.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'
import { changesOf } from '../cluster/watches.ts'
import { objectView } from './object-view.ts'
import type { RelatedFrom } from './related.ts'
import type { ResourceApi, ServedKind } from './resource-api.ts'
import { servedKind } from './resource-api.ts'
import { ResourceActions } from './resource-actions.ts'
import { watchTable } from './table-watch.ts'

/** Views follow a change at once, then at most this often; milliseconds. */
const COUNTS_MS = 500
const OBJECT_MS = 250

/** What the service is made of. */
export interface ResourcesParts {
  readonly api: ResourceApi
  readonly client: Client
  readonly informers: Informers
  readonly clock: Clock
}

/** Objects of any kind for the screens: read from the informers that the controllers have anyway, printed by the API. */
export class ResourcesService implements Resources {
  readonly #parts: ResourcesParts
  readonly #actions: ResourceActions

  constructor(parts: ResourcesParts) {
    this.#parts = parts
    this.#actions = new ResourceActions(parts)
  }

  watchKinds({ namespace }: { namespace: string }): Stream<Batch<ResourceKind>> {
    const { api, informers, clock } = this.#parts
    const changes = this.#changes(() => api.kinds(), 'count')
    const count = (r: Resource): number => informers.for(r).lister.list(r.namespaced && namespace !== '' ? { namespace } : {}).length
    return watchList(changes, clock, COUNTS_MS, () => api.kinds().map((kind) => kindView(kind, count(kind.resource))))
  }

  watchTable({ of, namespace }: { of: KindRef; namespace: string }): Stream<Batch<ResourceRow>> {
    return later(() => {
      const { api, informers, clock } = this.#parts
      const { resource, columns } = servedKind(api, of)
      const ages = new Set(columns.flatMap(({ name }, i) => (name === 'Age' ? [i] : [])))
      return watchTable(informers.for(resource), { ages, cells: (object, now) => api.cells(resource, object, now) }, resource.namespaced ? namespace : '', clock)
    })
  }

  watchObject(ref: ObjectRef): Stream<ObjectView> {
    return later(() => {
      const { api, informers, clock } = this.#parts
      const kind = servedKind(api, ref)
      const { lister } = informers.for(kind.resource)
      const from: RelatedFrom = {
        get resources() { return api.kinds().map(({ resource }) => resource) },
        list: (resource, namespace) => informers.for(resource).lister.list(namespace === '' ? {} : { namespace }),
        pods: (namespace, by) => informers.for(Pods).lister.list({ namespace, ...by }),
      }
      const others = (): ServedKind[] => api.kinds().filter(({ resource }) => resource === kind.resource || (resource.kind !== 'Event' && resource.kind !== 'Lease'))
      return watchValue(this.#changes(others, 'any'), clock, OBJECT_MS, () => {
        const object = lister.get(ref.namespace, ref.name)
        if (object === undefined) throw new StatusError('NotFound', `${ref.kind} "${ref.name}" is not there (any more).`, { name: ref.name, kind: ref.kind })
        return objectView(api, kind, object, from, clock.now())
      })
    })
  }

  kinds(): Promise<KindRef[]> {
    return Promise.resolve(this.#parts.api.kinds().map(({ resource }) => ({ apiVersion: apiVersionOf(resource), kind: resource.kind })))
  }

  fields(of: KindRef, path: readonly (string | number)[]): Promise<ManifestField[]> {
    const { api } = this.#parts
    const kind = api.kinds().find(({ resource }) => resource.kind === of.kind && apiVersionOf(resource) === of.apiVersion)
    return Promise.resolve(kind === undefined ? [] : [...api.fields(kind.resource, path)])
  }

  scale(ref: ObjectRef, replicas: number): Promise<void> {
    return this.#actions.scale(ref, replicas)
  }

  restart(ref: ObjectRef): Promise<void> {
    return this.#actions.restart(ref)
  }

  suspend(ref: ObjectRef, suspended: boolean): Promise<void> {
    return this.#actions.suspend(ref, suspended)
  }

  pause(ref: ObjectRef, paused: boolean): Promise<void> {
    return this.#actions.pause(ref, paused)
  }

  runNow(ref: ObjectRef): Promise<ObjectRef> {
    return this.#actions.runNow(ref)
  }

  /** Of the objects of some kinds, and of which those are: custom ones come and go. `count`: only when an object comes or goes. */
  #changes(kinds: () => readonly ServedKind[], what: 'count' | 'any'): Changes {
    const { api, informers } = this.#parts
    const now = (): Changes => changesOf(kinds().map(({ resource }) => informers.for(resource)), what)
    return {
      synced: now().synced,
      onChange(listener) {
        let stop = now().onChange(listener)
        const stopKinds = api.onChange(() => {
          stop()
          stop = now().onChange(listener)
          listener()
        })
        return () => {
          stop()
          stopKinds()
        }
      },
    }
  }
}

function kindView({ resource, shortNames, columns }: ServedKind, count: number): ResourceKind {
  const { group, kind, plural, namespaced } = resource
  return {
    id: groupResourceOf(resource), apiVersion: apiVersionOf(resource), group, kind, plural, namespaced, shortNames: [...shortNames], count,
    columns: columns.map(({ name, type, priority = 0, description = '' }) => ({ name, type, wide: priority > 0, description })),
  }
}

/** A stream that is opened when it is read: what `open` throws fails the stream, not the call. */
function later<T>(open: () => Stream<T>): Stream<T> {
  return makeStream(async (push, signal) => {
    const source = open()[Symbol.asyncIterator]()
    const leave = (): void => void source.return?.()
    signal.addEventListener('abort', leave)
    try {
      for (let next = await source.next(); next.done !== true; next = await source.next()) await push(next.value)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  })
}
