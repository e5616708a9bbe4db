import { hasReason } from '../../common/errors.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Api } from '../api/api.ts'
import type { WriteOptions } from '../api/rest/core.ts'
import type { CheckedBody, SchemaNode } from '../api/schema.ts'

/** The API as whoever plans and applies manifests sees it: objects of any kind, checked against their schema, written or only tried. In process. */
export class LocalManifests {
  readonly #api: Api
  readonly #options: WriteOptions

  /** `options` name the user in whose name is written. */
  constructor(api: Api, options: WriteOptions) {
    this.#api = api
    this.#options = options
  }

  kinds(): Resource[] {
    return this.#api.registry.served().filter((kind) => kind.live === undefined && kind.answer === undefined).map((kind) => kind.resource)
  }

  schema(resource: Resource): SchemaNode | undefined {
    return this.#api.core.schemas.node(resource)
  }

  check(resource: Resource, body: Record<string, unknown>): CheckedBody {
    return this.#api.core.schemas.check(resource, body)
  }

  get(resource: Resource, namespace: string, name: string): Promise<Readonly<KubeObject> | undefined> {
    return settle(() => {
      try {
        return this.#api.get(resource, namespace, name)
      } catch (error) {
        if (hasReason(error, 'NotFound')) return undefined
        throw error
      }
    })
  }

  create(resource: Resource, namespace: string, body: unknown, dryRun: boolean): Promise<Readonly<KubeObject>> {
    return this.#api.create(resource, namespace, body, { ...this.#options, dryRun })
  }

  update(resource: Resource, namespace: string, name: string, body: unknown, dryRun: boolean): Promise<Readonly<KubeObject>> {
    return this.#api.update(resource, namespace, name, body, { ...this.#options, dryRun })
  }

  async delete(resource: Resource, namespace: string, name: string, uid: string): Promise<void> {
    await this.#api.delete(resource, namespace, name, { propagationPolicy: 'Background', preconditions: { uid } }, this.#options)
  }
}

/** A value that is there at once, as a promise; what it throws rejects. */
function settle<T>(compute: () => T): Promise<T> {
  return new Promise((resolve) => resolve(compute()))
}
