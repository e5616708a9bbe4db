import type { KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Api } from '../api/api.ts'
import { fieldsAt, type SchemaField } from '../api/openapi/fields.ts'

/** A kind as discovery and its table tell of it. */
export interface ServedKind {
  readonly resource: Resource
  readonly shortNames: readonly string[]
  /** It has the `scale` subresource. */
  readonly scalable: boolean
  /** `priority` above 0: only with `-o wide`. */
  readonly columns: readonly { readonly name: string; readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'; readonly priority?: number; readonly description?: string }[]
}

/** What the API says of its kinds, whichever they are. In process. */
export class LocalResources {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  kinds(): ServedKind[] {
    return this.#api.registry.all().map(({ resource, shortNames = [], scale, columns }) => ({ resource, shortNames, scalable: scale !== undefined, columns }))
  }

  /** Hears when other kinds are served: custom ones come and go. Returns a function that ends it. */
  onChange(listener: () => void): () => void {
    return this.#api.registry.onChange(listener)
  }

  /** An object's row of its kind's table. `now`: milliseconds since the epoch, for ages. */
  cells(resource: Resource, object: Readonly<KubeObject>, now: number): (string | number | boolean | null)[] {
    return this.#api.registry.kindOf(resource).columns.map((column) => column.cell(object, now))
  }

  /** The wanted replicas of an object that is there, of a kind that is scalable. */
  replicas(resource: Resource, object: Readonly<KubeObject>): number {
    return this.#api.registry.kindOf(resource).scale?.replicas(object) ?? 0
  }

  /** The fields of a place in the kind's objects, as its schema describes them; [] where it knows none. A number is an item of a list. */
  fields(resource: Resource, path: readonly (string | number)[]): SchemaField[] {
    return fieldsAt(this.#api.registry.kindOf(resource), path)
  }

  /** Does the kind's `spec` have this field? */
  hasSpecField(resource: Resource, field: string): boolean {
    return this.#api.core.schemas.node(resource)?.field('spec')?.field(field) !== undefined
  }
}
