import type { AppScaling, Autoscaling, AutoscalerSettings, ContainerAdvice, ObjectRef, ScalingChange, ScalingPoint, ScalingSpan, ScalingTrial } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { Signal, values } from './fake-streams.ts'
import { stringify } from './fake-yaml.ts'

const MI = 2 ** 20
const STEPS: Readonly<Record<ScalingSpan, { ms: number; count: number }>> = { hour: { ms: 10_000, count: 360 }, day: { ms: 60_000, count: 1440 } }

/** Autoscalers in memory: of `menu-api` one that works, of `my-website-deployment` one that cannot for lack of requests. What was tried is in `tried`. */
export class FakeAutoscaling implements Autoscaling {
  readonly tried: AutoscalerSettings[] = []
  /** What fails says this. */
  failure = ''
  readonly #signal = new Signal()
  readonly #through: <T>(open: () => Stream<T>) => Stream<T>
  readonly #set = new Map<string, AutoscalerSettings>([['menu-api', { min: 2, max: 6, cpuPercent: 70 }], ['my-website-deployment', { min: 3, max: 9, cpuPercent: 70 }]])

  constructor(through: <T>(open: () => Stream<T>) => Stream<T>) {
    this.#through = through
  }

  /** As the cluster does it: an autoscaler that is applied or deleted. */
  put(app: string, settings: AutoscalerSettings | undefined): void {
    if (settings === undefined) this.#set.delete(app)
    else this.#set.set(app, settings)
    this.#signal.fire()
  }

  watch(app: ObjectRef): Stream<AppScaling> {
    return this.#through(() => values(this.#signal, (): AppScaling => {
      const settings = this.#set.get(app.name)
      const missing = app.name === 'my-website-deployment' || app.name === 'newsletter' ? [app.name] : []
      if (settings === undefined) return { withoutCpuRequest: missing }
      const failing = missing.length > 0
      const message = failing ? `the HPA was unable to compute the replica count: missing request for cpu in container ${app.name} of its pods` : 'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)'
      const why = failing ? { reason: 'FailedGetResourceMetric', message } : { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
      return {
        withoutCpuRequest: missing,
        autoscaler: {
          ref: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: app.namespace, name: app.name }, settings, current: 4, desired: failing ? 4 : Math.min(6, settings.max), state: failing ? 'failing' : 'limited', why,
          metrics: [{ name: 'cpu', target: `${String(settings.cpuPercent)} %`, ...(failing ? {} : { current: '96 %', share: 96 / settings.cpuPercent }) }, ...(failing ? [] : [{ name: 'requests_per_second', target: '50', current: '31', share: 0.62 }])],
          conditions: [
            { type: 'AbleToScale', ok: true, reason: 'ReadyForNewScale', message: 'recommended size matches current size' }, { type: 'ScalingActive', ok: !failing, reason: failing ? 'FailedGetResourceMetric' : 'ValidMetricFound', message },
            ...(failing ? [] : [{ type: 'ScalingLimited', ok: false, ...why }]),
          ],
          ...(failing ? {} : { lastScaledAt: Date.now() - 240_000 }),
        },
      }
    }))
  }

  watchChart({ over }: { app: ObjectRef; over: ScalingSpan }): Stream<ScalingPoint[]> {
    const { ms, count } = STEPS[over]
    const end = Date.now()
    return this.#through(() => values(this.#signal, () => Array.from({ length: count }, (_, i): ScalingPoint => {
      const wave = 0.5 + 0.5 * Math.sin((i / count) * 9)
      return { time: end - (count - i) * ms, cpuMilli: 180 + wave * 900 + ((i * 37) % 70), replicas: 2 + Math.round(wave * 3) }
    })))
  }

  advise(app: ObjectRef): Promise<ContainerAdvice[]> {
    if (app.name === 'newsletter') return Promise.resolve([{ container: app.name, now: {} }])
    const advised = { cpuMilli: { lower: 180, target: 265, upper: 420 }, memoryBytes: { lower: 180 * MI, target: 232 * MI, upper: 310 * MI }, spanMs: 82_000_000 }
    return Promise.resolve([{ container: app.name, now: app.name === 'my-website-deployment' ? {} : { cpuMilli: 1000, memoryBytes: 512 * MI }, advised }])
  }

  tryOut(_app: ObjectRef, settings: AutoscalerSettings, over: ScalingSpan): Promise<ScalingTrial> {
    if (this.failure !== '') return Promise.reject(new Error(this.failure))
    this.tried.push(settings)
    const { ms, count } = STEPS[over]
    const steps = Array.from({ length: count }, (_, i) => ({ time: Date.now() - (count - i) * ms, replicas: Math.min(settings.max, Math.max(settings.min, Math.round(settings.max * (0.5 + 0.5 * Math.sin((i / count) * 9))))), utilization: 60 }))
    return Promise.resolve({ steps, least: settings.min, most: settings.max, mean: (settings.min + settings.max) / 2, changes: 4, cappedShare: 0.22 })
  }

  wake(): Promise<void> {
    return Promise.resolve()
  }

  draft(app: ObjectRef, change: ScalingChange): Promise<string> {
    if (change.type === 'requests') return Promise.resolve(stringify({ apiVersion: app.apiVersion, kind: app.kind, metadata: { name: app.name, namespace: app.namespace }, spec: { template: { spec: { containers: change.requests } } } }))
    const { min, max, cpuPercent } = change.settings
    return Promise.resolve(stringify({
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: app.name, namespace: app.namespace },
      spec: { scaleTargetRef: { apiVersion: app.apiVersion, kind: app.kind, name: app.name }, minReplicas: min, maxReplicas: max, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } } }] },
    }))
  }
}
