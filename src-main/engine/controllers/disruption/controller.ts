import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../common/kube/generated/policy-v1.ts'
import { PodDisruptionBudgets, Pods } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller, TerminalError } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeExpected, computeStatus, failedStatus, needsScale } from './compute.ts'
import { NoScaleError, scaleOfOwners } from './scale.ts'

/** Counts for each PodDisruptionBudget how many of its pods may go at the moment. The eviction asks, and takes from that number. */
export class DisruptionController implements Runnable {
  readonly name = 'disruption-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #budgets: Lister<PodDisruptionBudget>
  readonly #pods: Lister<Pod>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const budgets = context.informers.for(PodDisruptionBudgets)
    const pods = context.informers.for(Pods)
    this.#budgets = budgets.lister
    this.#pods = pods.lister
    budgets.addHandler({ onAdd: (b) => this.#controller.enqueue(keyOf(b)), onUpdate: (b) => this.#controller.enqueue(keyOf(b)) })
    pods.addHandler({
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (pod, old) => {
        if (!semanticEqual(pod.metadata.labels, old.metadata.labels)) this.#podChanged(old)
        this.#podChanged(pod)
      },
      onDelete: (pod) => this.#podChanged(pod),
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #podChanged(pod: Frozen<Pod>): void {
    for (const budget of this.#budgets.list({ namespace: pod.metadata.namespace ?? '' })) {
      if (matchesSelector(pod.metadata.labels, budget.spec.selector)) this.#controller.enqueue(keyOf(budget))
    }
  }

  async #reconcile(key: string): Promise<Again | void> {
    const budget = this.#budgets.getByKey(key)
    if (budget === undefined) return
    const { selector } = budget.spec
    const pods = selector === undefined ? [] : this.#pods.list({ namespace: budget.metadata.namespace ?? '', selector })
    if (pods.length === 0) this.#recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    try {
      return await this.#count(budget, pods)
    } catch (error) {
      if (!(error instanceof NoScaleError)) throw error
      this.#recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${error.message}`)
      await this.#write(budget, failedStatus(budget, error.message, this.#context.clock.now()))
      throw new TerminalError(error.message)
    }
  }

  async #count(budget: Frozen<PodDisruptionBudget>, pods: readonly Frozen<Pod>[]): Promise<Again | void> {
    const { client, clock, resources } = this.#context
    const { scale, unmanaged } = needsScale(budget.spec) ? await scaleOfOwners(client, resources, pods) : { scale: 0, unmanaged: [] }
    const { status, lookAgainMs, notDeleted } = computeStatus(budget, pods, computeExpected(budget.spec, pods.length, scale), clock.now())
    for (const pod of notDeleted) this.#recorder.event(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${keyOf(budget)} to be deleted but it wasn't`)
    const changed = await this.#write(budget, status)
    if (changed && unmanaged.length > 0) {
      const names = unmanaged.map((pod) => pod.metadata.name).join(', ')
      this.#recorder.event(budget, 'Warning', 'UnmanagedPods', `Pods that no controller owns (${names}) do not count, so the budget may allow too much or too little. To count them, give .spec.minAvailable a whole number.`)
    }
    return lookAgainMs === undefined ? undefined : { requeueAfterMs: lookAgainMs }
  }

  async #write(budget: Frozen<PodDisruptionBudget>, status: PodDisruptionBudgetStatus): Promise<boolean> {
    if (semanticEqual(status, budget.status)) return false
    await this.#context.client.updateStatus(PodDisruptionBudgets, { ...budget, status })
    return true
  }
}
