import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { AppScaling, Autoscaling, AutoscalerSettings, ContainerAdvice, ObjectRef, ScalingChange, ScalingPoint, ScalingSpan, ScalingTrial } from '../../common/contract/index.ts'
import { badRequest, notFound, StatusError } from '../../common/errors.ts'
import { secondsOf, SYNC_PERIOD, WAKE_REQUESTED_AT } from '../../common/kube/autoscaling.ts'
import type { HorizontalPodAutoscaler } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Container, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { HorizontalPodAutoscalers } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { parseQuantity } from '../../common/kube/quantity.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { groupResourceOf } from '../../common/kube/resource.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { Advisor } from '../../engine/metrics/advice.ts'
import type { Metrics, Workload } from '../../engine/metrics/start-metrics.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import { changesOf } from '../cluster/watches.ts'
import type { AppObject } from '../views/workload.ts'
import { appResource, workloadOf } from '../views/workload.ts'
import { autoscalerView } from './autoscaler-view.ts'
import { scalingPoints } from './chart.ts'
import { autoscalerYaml, requestsYaml } from './drafts.ts'

const INTERVAL_MS = 250
/** How often a chart is drawn anew: as often as is measured anyway. */
const CHART_MS: Readonly<Record<ScalingSpan, number>> = { hour: 10_000, day: 60_000 }
const OFTEN_MS = 10_000

/** What the service is made of. */
export interface AutoscalingParts {
  readonly informers: Informers
  readonly metrics: Pick<Metrics, 'recorded' | 'subscribe'>
  readonly clock: Clock
  readonly client: Client
}

/** Autoscalers for the screens, with what the engine's record of use says about them. */
export class AutoscalingService implements Autoscaling {
  readonly #parts: AutoscalingParts
  readonly #advisor: Advisor

  constructor(parts: AutoscalingParts) {
    this.#parts = parts
    this.#advisor = new Advisor(parts.metrics, parts.clock)
  }

  watch(app: ObjectRef): Stream<AppScaling> {
    const { informers, clock } = this.#parts
    const changes = changesOf([informers.for(HorizontalPodAutoscalers), informers.for(requireScalable(app))])
    return watchValue(changes, clock, INTERVAL_MS, () => {
      const object = this.#cached(app)
      if (object === undefined) throw new StatusError('NotFound', `${app.kind} "${app.name}" is not there (any more).`, { name: app.name, kind: app.kind })
      const hpa = this.#autoscalerOf(app)
      return { ...(hpa === undefined ? {} : { autoscaler: autoscalerView(hpa) }), withoutCpuRequest: containersOf(object).filter((c) => requestOf(c, 'cpu') === undefined).map((c) => c.name) }
    })
  }

  watchChart({ app, over }: { app: ObjectRef; over: ScalingSpan }): Stream<ScalingPoint[]> {
    const { metrics, clock } = this.#parts
    return makeStream(async (push, signal) => {
      let [last, wake] = [-Infinity, (): void => undefined]
      const onAbort = (): void => wake()
      const stop = metrics.subscribe(() => wake(), OFTEN_MS)
      signal.addEventListener('abort', onAbort)
      try {
        while (!signal.aborted) {
          const next = new Promise<void>((resolve) => { wake = resolve })
          if (clock.monotonic() - last >= CHART_MS[over]) {
            last = clock.monotonic()
            await push(scalingPoints(metrics.recorded(workload(app)), over))
          }
          if (!signal.aborted) await next
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        stop()
      }
    })
  }

  async advise(app: ObjectRef): Promise<ContainerAdvice[]> {
    const object = await this.#app(app)
    const advice = this.#advisor.requests(workload(app))
    return containersOf(object).map((container): ContainerAdvice => {
      const [cpu, memoryBytes, advised] = [requestOf(container, 'cpu'), requestOf(container, 'memory'), advice[container.name]]
      return { container: container.name, now: { ...(cpu === undefined ? {} : { cpuMilli: Math.round(cpu * 1000) }), ...(memoryBytes === undefined ? {} : { memoryBytes }) }, ...(advised === undefined ? {} : { advised: structuredClone(advised) }) }
    })
  }

  async tryOut(app: ObjectRef, settings: AutoscalerSettings, over: ScalingSpan): Promise<ScalingTrial> {
    const object = await this.#app(app)
    checkSettings(settings)
    const there = this.#autoscalerOf(app)
    const { steps, least, most, mean, changes } = this.#advisor.tryOut(workload(app), specWith(app, there, settings), podSpecOf(object), startOf(object, settings), over, optionsOf(there, settings))
    return {
      least, most, mean, changes, cappedShare: steps.length === 0 ? 0 : steps.filter((s) => s.limitedBy === 'TooManyReplicas').length / steps.length,
      steps: steps.map(({ time, replicas, utilization }) => ({ time, replicas, ...(utilization === undefined ? {} : { utilization }) })),
    }
  }

  async draft(app: ObjectRef, change: ScalingChange): Promise<string> {
    const object = await this.#app(app)
    if (change.type === 'requests') return requestsYaml(object, change.requests)
    checkSettings(change.settings)
    return autoscalerYaml(app, this.#autoscalerOf(app), change.settings)
  }

  async wake(app: ObjectRef): Promise<void> {
    await this.#app(app)
    const hpa = this.#autoscalerOf(app)
    if (hpa === undefined) throw new StatusError('NotFound', `${app.name} has no autoscaler that could be woken.`)
    const annotations = { [WAKE_REQUESTED_AT]: timestamp(this.#parts.clock.now()) }
    await this.#parts.client.patch(HorizontalPodAutoscalers, app.namespace, hpa.metadata.name, 'application/merge-patch+json', { metadata: { annotations } })
  }

  #autoscalerOf({ kind, apiVersion, namespace, name }: ObjectRef): Frozen<HorizontalPodAutoscaler> | undefined {
    const group = (version = ''): string => (version.includes('/') ? (version.split('/')[0] ?? '') : '')
    return this.#parts.informers.for(HorizontalPodAutoscalers).lister.list({ namespace }).find(({ spec: { scaleTargetRef: t } }) => t.kind === kind && t.name === name && group(t.apiVersion) === group(apiVersion))
  }

  #cached(app: ObjectRef): Frozen<AppObject> | undefined {
    return this.#parts.informers.for(requireScalable(app)).lister.get(app.namespace, app.name)
  }

  async #app(app: ObjectRef): Promise<Frozen<AppObject>> {
    const resource = requireScalable(app)
    await Promise.all([this.#parts.informers.for(resource).synced, this.#parts.informers.for(HorizontalPodAutoscalers).synced])
    const object = this.#cached(app)
    if (object === undefined) throw notFound(groupResourceOf(resource), app.name)
    return object
  }
}

function requireScalable(app: ObjectRef): Resource<AppObject> {
  const resource = appResource(app)
  if (resource === undefined || resource.kind === 'DaemonSet') throw badRequest(`A ${app.kind} has no number of replicas, so nothing can scale it.`)
  return resource
}

/** Refuses in a sentence what no autoscaler can be told; the form says the same at its fields. */
function checkSettings({ min, max, cpuPercent, toZeroAfterSeconds: zero }: AutoscalerSettings): void {
  const whole = (n: number, least: number): boolean => Number.isSafeInteger(n) && n >= least
  if (!whole(min, 1)) throw badRequest(`The fewest replicas (${String(min)}) must be a whole number, 1 or more.`)
  if (!whole(max, min)) throw badRequest(`The most replicas (${String(max)}) must be a whole number and not less than the fewest (${String(min)}).`)
  if (!whole(cpuPercent, 1)) throw badRequest(`The CPU target (${String(cpuPercent)}) must be a whole number of percent, 1 or more.`)
  if (zero !== undefined && (!whole(zero, 60) || zero > 86_400)) throw badRequest(`The time until it scales to zero (${String(zero)}) must be from 60 to 86400 seconds.`)
}

function specWith(app: ObjectRef, there: Frozen<HorizontalPodAutoscaler> | undefined, { min, max, cpuPercent }: AutoscalerSettings): HorizontalPodAutoscaler['spec'] {
  return {
    ...(there?.spec.behavior === undefined ? {} : { behavior: there.spec.behavior }), scaleTargetRef: { apiVersion: app.apiVersion, kind: app.kind, name: app.name }, minReplicas: min, maxReplicas: max,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } } }],
  }
}

function optionsOf(there: Frozen<HorizontalPodAutoscaler> | undefined, { toZeroAfterSeconds }: AutoscalerSettings): { syncMs?: number; scaleToZeroAfterMs?: number } {
  const sync = secondsOf(there?.metadata.annotations, SYNC_PERIOD)
  return { ...(sync === undefined ? {} : { syncMs: sync * 1000 }), ...(toZeroAfterSeconds === undefined ? {} : { scaleToZeroAfterMs: toZeroAfterSeconds * 1000 }) }
}

/** It begins as the app is now, but within its bounds: at zero it would decide nothing. */
function startOf(object: Frozen<AppObject>, { min, max }: AutoscalerSettings): number {
  return Math.min(max, Math.max(min, workloadOf(object).desired))
}

function podSpecOf(object: Frozen<AppObject>): PodSpec {
  return object.spec?.template?.spec ?? { containers: [] }
}

/** What runs all the time, and so counts: app containers and sidecars. */
function containersOf(object: Frozen<AppObject>): Container[] {
  const { containers, initContainers = [] } = podSpecOf(object)
  return [...containers, ...initContainers.filter((c) => c.restartPolicy === 'Always')]
}

function requestOf({ resources }: Container, name: 'cpu' | 'memory'): number | undefined {
  const quantity = resources?.requests?.[name]
  return quantity === undefined ? undefined : parseQuantity(quantity)
}

function workload({ kind, namespace, name }: ObjectRef): Workload {
  return { kind, namespace, name }
}
