import { resourceOfDefinition } from '../../../common/kube/custom-resources.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Informers } from '../../client/informer.ts'

/** Hears of custom kinds. */
export interface CustomResourcesHandler {
  /** A kind is served, or is served in another version than before. */
  onAdd(resource: Resource): void
  onRemove?(resource: Resource): void
}

/** The custom kinds that are served, as their definitions come, change and go. */
export class CustomResources {
  readonly #served = new Map<string, Resource>()
  readonly #handlers = new Set<CustomResourcesHandler>()

  constructor(informers: Informers) {
    const look = (definition: Frozen<CustomResourceDefinition>): void => this.#set(definition.metadata.name, resourceOfDefinition(definition))
    informers.for(CustomResourceDefinitions).addHandler({ onAdd: look, onUpdate: look, onDelete: ({ metadata }) => this.#set(metadata.name, undefined) })
  }

  list(): Resource[] {
    return [...this.#served.values()]
  }

  /** A handler hears of those that are there at once. */
  follow(handler: CustomResourcesHandler): void {
    this.#handlers.add(handler)
    for (const resource of this.#served.values()) handler.onAdd(resource)
  }

  #set(name: string, resource: Resource | undefined): void {
    const known = this.#served.get(name)
    if (known?.version === resource?.version && known?.namespaced === resource?.namespaced && known?.kind === resource?.kind) return
    if (resource === undefined) this.#served.delete(name)
    else this.#served.set(name, resource)
    for (const handler of this.#handlers) {
      if (known !== undefined) handler.onRemove?.(known)
      if (resource !== undefined) handler.onAdd(resource)
    }
  }
}
