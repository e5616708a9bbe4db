import type { Api } from '../../engine/api/api.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import type { Namespace } from '../../common/kube/generated/core-v1.ts'
import { Namespaces, Services } from '../../common/kube/kinds.ts'
import type { Draft, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { apiVersionOf } from '../../common/kube/resource.ts'
import type { Manifest } from '../to-kubernetes/convert.ts'

/** Puts manifests into a cluster's API as they are, each set into a namespace of its own, and reads them back as the API keeps them. */
export class InCluster {
  readonly client: LocalClient
  readonly #api: Api
  #count = 0

  constructor(api: Api) {
    this.#api = api
    this.client = new LocalClient(api)
  }

  /** The kinds that the API serves. */
  get resources(): Resource[] {
    return this.#api.registry.all().map(({ resource }) => resource)
  }

  /** Is it of a kind that the API serves, in a namespace? */
  takes({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): boolean {
    return this.resources.some((resource) => resource.namespaced && resource.kind === kind && apiVersionOf(resource) === apiVersion)
  }

  resourceOf({ apiVersion, kind }: Pick<Manifest, 'apiVersion' | 'kind'>): Resource {
    const found = this.resources.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion)
    if (found === undefined) throw new Error(`the API has no ${kind} of ${apiVersion}`)
    return found
  }

  /** Resolves with the namespace; rejects with what the API refuses. */
  async apply(objects: readonly Manifest[]): Promise<string> {
    const namespace = `trip-${String(++this.#count)}`
    await this.client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } } as Draft<Namespace>)
    for (const object of objects) {
      const resource = this.resourceOf(object)
      await this.client.create(resource, { ...object, metadata: { ...object.metadata, namespace } } as unknown as Draft<KubeObject>)
    }
    return namespace
  }

  /** The same objects, as they are now. */
  async read(namespace: string, objects: readonly Manifest[]): Promise<Manifest[]> {
    return Promise.all(objects.map(async (object) => structuredClone(await this.client.get(this.resourceOf(object), namespace, object.metadata.name ?? '')) as unknown as Manifest))
  }

  /** Node ports are the whole cluster's: others may have them now. */
  async freePorts(namespace: string): Promise<void> {
    for (const { metadata } of (await this.client.list(Services, { namespace })).items) await this.client.delete(Services, namespace, metadata.name)
  }
}
