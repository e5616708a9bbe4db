import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ObservedContainer } from '../container-runtime.ts'
import { Prober } from '../probes/prober.ts'
import type { NodeContext } from './node-context.ts'
import { knownOf, podAddress } from './pod-view.ts'
import type { PodMemory } from './pod-view.ts'

export interface PodProbesOptions {
  node: NodeContext
  memory: PodMemory
  /** The object, as it is now. */
  pod(): Frozen<Pod>
  /** What is remembered changed. */
  changed(): void
}

/** The probes of one pod's containers: what they find is remembered, failures are told as Events. */
export class PodProbes {
  readonly #o: PodProbesOptions
  readonly #probers = new Map<string, Prober>()

  constructor(options: PodProbesOptions) {
    this.#o = options
  }

  /** Probes a run of a container from now on, and no run of it before. Does nothing where it has no probes. */
  start(container: Container, seen: ObservedContainer): void {
    const { node, memory } = this.#o
    const { name } = container
    this.stop(name)
    if (container.livenessProbe === undefined && container.readinessProbe === undefined && container.startupProbe === undefined) return
    const known = knownOf(memory, name)
    const change = (apply: () => void) => (): void => {
      apply()
      this.#o.changed()
    }
    this.#probers.set(name, new Prober({
      container, containerId: seen.id, podIP: podAddress(this.#o.pod(), memory, node.facts) ?? '', tools: node.tools, clock: node.clock,
      initial: { started: known.started, ready: known.ready },
      listener: {
        onStarted: change(() => (known.started = true)),
        onReady: (ready) => change(() => (known.ready = ready))(),
        onUnhealthy: (why, graceSeconds) => change(() => (known.unhealthy = { why, graceSeconds }))(),
        onFailure: (kind, message) => node.recorder.event(this.#o.pod(), 'Warning', 'Unhealthy', `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} probe failed: ${message}`),
      },
    }))
  }

  /** Of one container, whose run is over. */
  stop(name: string): void {
    this.#probers.get(name)?.stop()
    this.#probers.delete(name)
  }

  /** Of all; those that are asked for later run. */
  stopAll(): void {
    for (const prober of this.#probers.values()) prober.stop()
  }
}
