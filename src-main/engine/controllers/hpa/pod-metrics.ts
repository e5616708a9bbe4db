import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { MetricIdentifier } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { SCRAPE, SCRAPE_PORT, isScraped, scrapePage } from '../../../common/kube/scraped.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Sample } from '../../../policy/autoscaling/group-pods.ts'
import type { Reading } from '../../../policy/autoscaling/metrics.ts'
import type { Exposition } from './prometheus-text.ts'
import { isCounter, parseExposition } from './prometheus-text.ts'

/** Reads a page of a program in a pod. */
export interface PodPages {
  /** Resolves with the text; rejects with what is wrong, in words for people. */
  get(namespace: string, pod: string, port: number, path: string, signal: AbortSignal): Promise<string>
}

const PATIENCE_MS = 3_000
/** What was read so long ago is not compared any more. */
const FORGET_MS = 600_000

/**
 * Metrics of the pods' own: each pod that says so by its annotations (`prometheus.io/scrape: "true"`, and where: `port`, `path`) is asked for what it
 * exposes. A counter counts by how much it grew a second since it was last read.
 */
export class PodMetrics {
  readonly #pages: PodPages | undefined
  readonly #clock: Clock
  readonly #before = new Map<string, { at: number; value: number }>()

  /** Without `pages` no pod can be asked. */
  constructor(pages: PodPages | undefined, clock: Clock) {
    this.#pages = pages
    this.#clock = clock
  }

  /** The metric's value of each pod that has one, in thousandths; why not, where none has. */
  async read(pods: readonly Frozen<Pod>[], metric: MetricIdentifier, signal: AbortSignal): Promise<Reading> {
    const running = pods.filter((pod) => pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined)
    const asked = running.filter(isScraped)
    if (asked.length === 0) return { error: `no pod can be asked for it: they need the annotations ${SCRAPE}: "true" and ${SCRAPE_PORT}` }
    const samples = new Map<string, Sample>()
    let wrong: string | undefined
    await Promise.all(asked.map(async (pod) => {
      try {
        const sample = this.#sampleOf(pod, metric, parseExposition(await this.#page(pod, signal)))
        if (sample !== undefined) samples.set(pod.metadata.name, sample)
      } catch (error) {
        wrong ??= `pod ${pod.metadata.name}: ${messageOf(error)}`
      }
    }))
    this.#forget()
    if (samples.size > 0) return { samples }
    return { error: wrong ?? `no pod has a value of it yet (a counter needs two readings); asked ${asked.map((p) => p.metadata.name).join(', ')}` }
  }

  async #page(pod: Frozen<Pod>, signal: AbortSignal): Promise<string> {
    if (this.#pages === undefined) throw new Error('pods cannot be reached from here')
    const { namespace = '', name } = pod.metadata
    const { port, path } = scrapePage(pod)
    if (port === undefined) throw new Error(`its annotation ${SCRAPE_PORT} names no port`)
    const late = new AbortController()
    const timer = this.#clock.setTimeout(() => late.abort(new Error(`it did not answer within ${String(PATIENCE_MS / 1000)} s`)), PATIENCE_MS)
    try {
      return await this.#pages.get(namespace, name, port, path, AbortSignal.any([signal, late.signal]))
    } finally {
      timer.cancel()
    }
  }

  /** The sum over all its series that the selector picks. */
  #sampleOf(pod: Frozen<Pod>, { name, selector }: MetricIdentifier, exposition: Exposition): Sample | undefined {
    const series = exposition.samples.filter((s) => s.name === name && (selector === undefined || matchesSelector(s.labels, selector)))
    if (series.length === 0) throw new Error(`it exposes no ${name}${selector === undefined ? '' : ' with these labels'}`)
    const value = series.reduce((sum, s) => sum + s.value, 0)
    const time = this.#clock.now()
    if (!isCounter(exposition, name)) return { value: Math.ceil(value * 1000), time, windowMs: 0 }
    const key = [pod.metadata.uid, name, JSON.stringify(selector)].join('\0')
    const at = this.#clock.monotonic()
    const before = this.#before.get(key)
    this.#before.set(key, { at, value })
    // It began anew with its program.
    if (before === undefined || value < before.value || at <= before.at) return undefined
    return { value: Math.ceil(((value - before.value) * 1e6) / (at - before.at)), time, windowMs: at - before.at }
  }

  #forget(): void {
    const since = this.#clock.monotonic() - FORGET_MS
    for (const [key, { at }] of this.#before) if (at < since) this.#before.delete(key)
  }
}
