import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ClusterRole } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoles } from '../../../common/kube/kinds.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { aggregatedRules } from './aggregated-rules.ts'

/** Keeps the rules of ClusterRoles with an aggregationRule as those of the roles that it selects: `view`, `edit` and `admin` are such, and grow with what others label for them. */
export class ClusterRoleAggregationController implements Runnable {
  readonly name = 'clusterrole-aggregation-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    // Any role may be one of those that another one selects.
    const all = (): void => {
      for (const { metadata, aggregationRule } of context.informers.for(ClusterRoles).lister.list()) if (aggregationRule !== undefined) this.#controller.enqueue(metadata.name)
    }
    context.informers.for(ClusterRoles).addHandler({ onAdd: all, onUpdate: all, onDelete: all })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const { client, informers } = this.#context
    const { lister } = informers.for(ClusterRoles)
    const role = lister.get('', name)
    const rules = role === undefined ? undefined : aggregatedRules(role, lister.list())
    if (role === undefined || rules === undefined || semanticEqual(role.rules ?? [], rules)) return
    await client.update(ClusterRoles, { ...role, rules } as ClusterRole)
  }
}
