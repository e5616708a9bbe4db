import { hasReason, messageOf } from '../../../common/errors.ts'
import { secondsOf, SYNC_PERIOD } from '../../../common/kube/autoscaling.ts'
import type { Scale } from '../../../common/kube/generated/autoscaling-v1.ts'
import type { HorizontalPodAutoscaler } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { HorizontalPodAutoscalers, Pods } from '../../../common/kube/kinds.ts'
import type { Requirement } from '../../../common/kube/labels.ts'
import { matchesAll, parseSelector } from '../../../common/kube/labels.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { UsageSource } from '../../../common/kube/usage.ts'
import type { Memory } from '../../../policy/autoscaling/behavior.ts'
import { NO_MEMORY } from '../../../policy/autoscaling/behavior.ts'
import type { DecidedCondition, Decision, DecisionInput } from '../../../policy/autoscaling/decide.ts'
import { afterScaling, decide } from '../../../policy/autoscaling/decide.ts'
import { CALCULATOR_DEFAULTS } from '../../../policy/autoscaling/group-pods.ts'
import { scaledPod } from '../../../policy/autoscaling/scaled-pod.ts'
import { zeroOptions } from '../../../policy/autoscaling/scale-to-zero.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { replaceStatus } from '../../client/retry.ts'
import { kindsOf } from '../context.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import type { PodPages } from './pod-metrics.ts'
import { PodMetrics } from './pod-metrics.ts'
import { NO_USAGE, readMetrics } from './readings.ts'
import { conditionsWith, statusAfter } from './status.ts'
import { targetResource } from './target.ts'

type Autoscaler = Frozen<HorizontalPodAutoscaler>

/** What autoscaling stands on beside the API. */
export interface AutoscalingOptions {
  /** What pods use; absent: no resource metric is available. */
  usage?: UsageSource | undefined
  /** The pages of the pods' programs; absent: no metric of their own is. */
  pages?: PodPages | undefined
  /** How often each autoscaler looks, unless its annotation says otherwise. Default 15 s. */
  syncMs?: number | undefined
}

const SYNC_MS = 15_000
/** Over less, a rate is noise. */
const LEAST_WINDOW_MS = 5_000
/** So long after its own start the engine may not have measured anything yet: nothing to warn of. */
const WARM_UP_MS = 15_000
/** While there is an autoscaler, usage is measured so often. */
const MEASURE_MS = 1_000

/** Looks every 15 s at what each autoscaler watches, and writes the scale of its target: any kind that has one. Nothing happens while there is none. */
export class AutoscalerController implements Runnable {
  readonly name = 'horizontal-pod-autoscaler'
  readonly #context: ControllerContext
  readonly #options: AutoscalingOptions
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #autoscalers: Lister<HorizontalPodAutoscaler>
  readonly #pods: Lister<Pod>
  readonly #own: PodMetrics
  readonly #memory = new Map<string, { uid: string; memory: Memory }>()
  /** What each autoscaler's target picks, as last seen: two must not count the same pods. */
  readonly #selectors = new Map<string, readonly Requirement[]>()
  /** What each was warned of at the last look. */
  readonly #told = new Map<string, ReadonlySet<string>>()
  #endMeasuring: (() => void) | undefined
  #startedAt = 0

  constructor(context: ControllerContext, options: AutoscalingOptions = {}) {
    this.#context = context
    this.#options = options
    this.#recorder = context.recorder(this.name)
    this.#own = new PodMetrics(options.pages, context.clock)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const autoscalers = context.informers.for(HorizontalPodAutoscalers)
    this.#autoscalers = autoscalers.lister
    this.#pods = context.informers.for(Pods).lister
    autoscalers.addHandler({
      onAdd: (hpa) => {
        this.#endMeasuring ??= options.usage?.watch(MEASURE_MS)
        this.#controller.enqueue(keyOf(hpa))
      },
      onUpdate: (hpa, before) => {
        if (!semanticEqual(hpa.spec, before.spec) || !semanticEqual(hpa.metadata.annotations, before.metadata.annotations)) this.#controller.enqueue(keyOf(hpa))
      },
      onDelete: (hpa) => this.#forget(keyOf(hpa)),
    })
  }

  start(): void {
    this.#startedAt = this.#context.clock.monotonic()
    this.#controller.start()
  }

  stop(): Promise<void> {
    this.#endMeasuring?.()
    return this.#controller.stop()
  }

  #forget(key: string): void {
    this.#memory.delete(key)
    this.#selectors.delete(key)
    this.#told.delete(key)
    if (this.#autoscalers.list().length > 0) return
    this.#endMeasuring?.()
    this.#endMeasuring = undefined
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Again | void> {
    const hpa = this.#autoscalers.getByKey(key)
    if (hpa === undefined || hpa.metadata.deletionTimestamp !== undefined) return
    const syncMs = (secondsOf(hpa.metadata.annotations, SYNC_PERIOD) ?? 0) * 1000 || (this.#options.syncMs ?? SYNC_MS)
    const found = await this.#target(hpa)
    if (found !== undefined && !(await this.#look(key, hpa, found, syncMs, signal))) return { requeueAfterMs: MEASURE_MS }
    return { requeueAfterMs: syncMs }
  }

  async #target(hpa: Autoscaler): Promise<{ resource: Resource; scale: Scale } | undefined> {
    const { scaleTargetRef } = hpa.spec
    try {
      const resource = targetResource(kindsOf(this.#context), scaleTargetRef)
      return { resource, scale: await this.#context.client.getScale(resource, hpa.metadata.namespace ?? '', scaleTargetRef.name) }
    } catch (error) {
      const message = messageOf(error)
      this.#warn(keyOf(hpa), hpa, [{ reason: 'FailedGetScale', message }])
      const condition: DecidedCondition = { type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message: `the HPA controller was unable to get the target's current scale: ${message}` }
      await this.#write(hpa, (status) => ({ currentReplicas: 0, desiredReplicas: 0, ...status, conditions: conditionsWith(status, [condition], this.#context.clock.now()) }))
      return undefined
    }
  }

  /** False: it is too soon after the engine's start to tell. */
  async #look(key: string, hpa: Autoscaler, { resource, scale }: { resource: Resource; scale: Scale }, syncMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#context
    const { spec, metadata: { uid, annotations } } = hpa
    const { pods, problem } = this.#podsOf(key, scale.status?.selector ?? '')
    const current = scale.spec?.replicas ?? 0
    const isCounted = problem === undefined && current >= (spec.minReplicas ?? 1) && current <= spec.maxReplicas
    const readings = isCounted ? await readMetrics(spec.metrics ?? [], pods, this.#options.usage, Math.max(LEAST_WINDOW_MS, syncMs), this.#own, signal) : []
    const isCold = clock.monotonic() - this.#startedAt < WARM_UP_MS && pods.some((pod) => pod.status?.phase === 'Running')
    if (isCold && readings.some((reading) => 'error' in reading && reading.error === NO_USAGE)) return false
    const known = this.#memory.get(key)
    const now = clock.now()
    const decision = decide({
      spec, scale: { replicas: current, observed: scale.status?.replicas ?? 0 }, pods: pods.map(scaledPod), readings, now, options: CALCULATOR_DEFAULTS,
      memory: known?.uid === uid ? known.memory : NO_MEMORY, zero: zeroOptions(annotations, hpa.status?.lastScaleTime), selectorProblem: problem,
    })
    this.#warn(key, hpa, decision.warnings)
    const rescaled = decision.rescale ? await this.#rescale(hpa, resource, scale, decision) : undefined
    const memory = rescaled?.status === 'True' ? afterScaling(decision.memory, spec.behavior, current, decision.desired, now) : decision.memory
    this.#memory.set(key, { uid, memory })
    const said: Decision = rescaled === undefined ? decision : { ...decision, failed: decision.failed || rescaled.status === 'False', conditions: [rescaled, ...decision.conditions.filter((c) => c.type !== rescaled.type)] }
    await this.#write(hpa, (status) => statusAfter(status, said, current, rescaled?.status === 'True', now))
    return true
  }

  /** Once for as long as it is so: it is looked at every few seconds. */
  #warn(key: string, hpa: Autoscaler, warnings: readonly { reason: string; message: string }[]): void {
    const told = this.#told.get(key)
    const words = ({ reason, message }: { reason: string; message: string }): string => `${reason}: ${message}`
    for (const warning of warnings) if (told?.has(words(warning)) !== true) this.#recorder.event(hpa, 'Warning', warning.reason, warning.message)
    this.#told.set(key, new Set(warnings.map(words)))
  }

  /** Writes the target's scale, unless it changed since it was read: then Conflict, and another look. */
  async #rescale(hpa: Autoscaler, resource: Resource, scale: Scale, { desired, reason }: Decision): Promise<DecidedCondition> {
    const { namespace = '', name, resourceVersion } = scale.metadata
    try {
      await this.#context.client.patch(resource, namespace, name, 'application/merge-patch+json', { metadata: { resourceVersion }, spec: { replicas: desired } }, 'scale')
    } catch (error) {
      if (hasReason(error, 'Conflict')) throw error
      this.#recorder.event(hpa, 'Warning', 'FailedRescale', `New size: ${String(desired)}; reason: ${reason}; error: ${messageOf(error)}`)
      return { type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message: `the HPA controller was unable to update the target scale: ${messageOf(error)}` }
    }
    this.#recorder.event(hpa, 'Normal', 'SuccessfulRescale', `New size: ${String(desired)}; reason: ${reason}`)
    return { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: `the HPA controller was able to update the target scale to ${String(desired)}` }
  }

  /** The pods that the target's scale picks, and why they may not be counted. */
  #podsOf(key: string, selector: string): { pods: Frozen<Pod>[]; problem: DecisionInput['selectorProblem'] } {
    this.#selectors.delete(key)
    if (selector === '') return { pods: [], problem: { reason: 'InvalidSelector', event: 'SelectorRequired', message: "the HPA target's scale is missing a selector" } }
    let requirements: Requirement[]
    try {
      requirements = parseSelector(selector)
    } catch (error) {
      const message = `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`
      return { pods: [], problem: { reason: 'InvalidSelector', event: 'InvalidSelector', message } }
    }
    this.#selectors.set(key, requirements)
    const { namespace } = splitKey(key)
    const pods = this.#pods.list({ namespace }).filter((pod) => matchesAll(pod.metadata.labels, requirements))
    const rivals = [...this.#selectors].filter(([other, theirs]) => splitKey(other).namespace === namespace && pods.some((pod) => matchesAll(pod.metadata.labels, theirs))).map(([other]) => other)
    if (rivals.every((other) => other === key)) return { pods, problem: undefined }
    const message = `pods by selector ${selector} are controlled by multiple HPAs: [${rivals.sort().join(' ')}]`
    return { pods, problem: { reason: 'AmbiguousSelector', event: 'AmbiguousSelector', message } }
  }

  async #write(hpa: Autoscaler, next: (status: HorizontalPodAutoscaler['status']) => NonNullable<HorizontalPodAutoscaler['status']>): Promise<void> {
    await replaceStatus(this.#context.client, HorizontalPodAutoscalers, hpa, (copy) => next(copy.status))
  }
}
