import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Informers } from '../../client/informer.ts'
import type { Metrics } from '../start-metrics.ts'
import { EngineMetrics } from './engine-metrics.ts'
import type { EngineState } from './engine-metrics.ts'
import { STATE_KINDS, kubeStateFamilies } from './kube-state/families.ts'
import { scrapeTargets } from './targets.ts'
import { expositionOf } from './text.ts'
import { usageFamilies } from './usage-families.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** What the pages are made of. */
export interface MetricsPagesOptions extends EngineState {
  informers: Informers
  metrics: Pick<Metrics, 'counters'>
}

/**
 * The pages for Prometheus: `/metrics` has all; `/metrics/engine`, `/metrics/cadvisor` (nodes, pods, containers) and `/metrics/kube-state` one part each;
 * `/metrics/targets` names the pods that expose metrics themselves. All is made from the informers' caches while it is sent. Events of the engine's parts are counted from now on; `stop` ends that.
 */
export class MetricsPagesSource {
  readonly #options: MetricsPagesOptions
  readonly #engine: EngineMetrics

  constructor(options: MetricsPagesOptions) {
    this.#options = options
    this.#engine = new EngineMetrics(options)
  }

  page(path: string): Promise<{ contentType: string; pieces: Iterable<string> }> | undefined {
    const page = async (pieces: Promise<Iterable<string>>, contentType = TEXT): Promise<{ contentType: string; pieces: Iterable<string> }> => ({ contentType, pieces: await pieces })
    switch (path) {
      case '/metrics': return page(this.#all())
      case '/metrics/engine': return page(this.#engine.text().then((text) => [text]))
      case '/metrics/cadvisor': return page(this.#synced([Nodes, Pods]).then(() => this.#usage()))
      case '/metrics/kube-state': return page(this.#synced(STATE_KINDS.map((k) => k.resource)).then(() => this.#state()))
      case '/metrics/targets': return page(this.#synced([Pods]).then(() => [JSON.stringify(scrapeTargets(this.#list(Pods)))]), 'application/json')
      default: return undefined
    }
  }

  stop(): void {
    this.#engine.stop()
  }

  async #all(): Promise<Iterable<string>> {
    const engine = await this.#engine.text()
    await this.#synced(STATE_KINDS.map((k) => k.resource))
    const [usage, state] = [this.#usage(), this.#state()]
    return (function* () {
      yield engine
      yield* usage
      yield* state
    })()
  }

  /** A kind that nothing else watches is watched from its first scrape on. */
  async #synced(resources: readonly Resource[]): Promise<void> {
    await Promise.all(resources.map((resource) => this.#options.informers.for(resource).synced))
  }

  #usage(): Iterable<string> {
    const { metrics } = this.#options
    return expositionOf(usageFamilies({ nodes: this.#list(Nodes), pods: this.#list(Pods), counters: (node) => metrics.counters(node) }))
  }

  #state(): Iterable<string> {
    return expositionOf(kubeStateFamilies((resource) => this.#list(resource)))
  }

  #list<T extends KubeObject>(resource: Resource<T>): readonly Readonly<T>[] {
    return this.#options.informers.for(resource).lister.list()
  }
}
