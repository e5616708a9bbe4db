import { AUTO_MANAGED, localApiService } from '../../../common/kube/api-services.ts'
import { isEstablished, isOfBuiltIn } from '../../../common/kube/custom-resources.ts'
import { hasReason } from '../../../common/errors.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { APIServices, CustomResourceDefinitions } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/**
 * Lists the groups and versions of custom kinds among the APIServices, as the server's own, and takes them away when no definition serves them any more. What
 * another server answers for stays. Keys are APIServices' names, `v1.example.com`.
 */
export class CrdRegistrationController implements Runnable {
  readonly name = 'crd-registration-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const look = ({ spec: { group, versions } }: Frozen<CustomResourceDefinition>): void => {
      for (const { name } of versions) this.#controller.enqueue(`${name}.${group}`)
    }
    context.informers.for(CustomResourceDefinitions).addHandler({
      onAdd: look, onDelete: look,
      onUpdate(definition, old) {
        look(old)
        look(definition)
      },
    })
    // One that somebody deleted comes again; one that was left behind goes.
    const own = ({ metadata: { name, labels } }: { metadata: { name: string; labels?: Record<string, string> } }): void => {
      if (labels?.[AUTO_MANAGED] === 'true') this.#controller.enqueue(name)
    }
    context.informers.for(APIServices).addHandler({ onAdd: own, onUpdate: own, onDelete: own })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const { client, informers } = this.#context
    const dot = name.indexOf('.')
    const [version, group] = [name.slice(0, dot), name.slice(dot + 1)]
    const served = informers.for(CustomResourceDefinitions).lister.list().some((definition) => serves(definition, group, version))
    const known = informers.for(APIServices).lister.get('', name)
    if (!served) {
      if (known?.metadata.labels?.[AUTO_MANAGED] === 'true') await deleteIfThere(client, APIServices, known)
      return
    }
    if (known !== undefined) return
    try {
      await client.create(APIServices, localApiService(group, version, 'true'))
    } catch (error) {
      // The cache is behind: it is there already.
      if (!hasReason(error, 'AlreadyExists')) throw error
    }
  }
}

function serves(definition: Frozen<CustomResourceDefinition>, group: string, version: string): boolean {
  return definition.spec.group === group && definition.spec.versions.some(({ name, served }) => served && name === version) && isEstablished(definition) && !isOfBuiltIn(definition)
}
