import { sleep } from '../../../common/clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ObservedContainer } from '../container-runtime.ts'
import { allContainers } from './next-actions.ts'
import type { NodeContext } from './node-context.ts'
import type { ContainerMemory, PodView } from './pod-view.ts'
import { readTerminationMessage } from './termination-message.ts'

export interface LastWordsOptions {
  node: NodeContext
  view: PodView
  /** The object, as it is now. */
  pod(): Frozen<Pod>
  /** Its object is gone: nobody asks for last words. */
  isAbandoned(): boolean
  /** What is remembered changed. */
  changed(): void
}

/** Whose words, in the order in which its runs ended. */
export interface EndedRun {
  name: string
  /** As it was seen before its end. */
  seen: ObservedContainer
  exitCode: number
  /** When the run before it ended, node's time. */
  previousDeath: number | undefined
  previousWords: string | undefined
  /** Its own end, where another run may have begun since. */
  until?: number
}

/** Reads what one pod's containers said at their ends. */
export class LastWords {
  readonly #o: LastWordsOptions
  readonly #halted = new AbortController()

  constructor(options: LastWordsOptions) {
    this.#o = options
  }

  /** Reads no more after a wait. */
  halt(): void {
    this.#halted.abort()
  }

  /** '' where there are none, or nobody wants them. */
  async read({ name, seen, exitCode, previousDeath, previousWords, until }: EndedRun): Promise<string> {
    const { node, view } = this.#o
    const pod = this.#o.pod()
    const container = allContainers(pod).find((c) => c.name === name)
    if (container === undefined || this.#o.isAbandoned()) return ''
    return readTerminationMessage(node.runtime, pod, container, { sandboxId: view.sandbox?.id, container: seen, exitCode, previousDeath, previousWords, until })
  }

  /** Adds the words to the newest end that is remembered, unless a newer one comes first; after this long, where the runtime is busy with the container now. */
  readLater(known: ContainerMemory, { name, seen, previousWords }: Pick<EndedRun, 'name' | 'seen' | 'previousWords'>, afterMs: number): void {
    const end = known.lastTerminated
    if (end === undefined) return
    const [death, previousDeath] = known.deaths
    const read = (): Promise<string> => this.read({ name, seen, exitCode: end.exitCode, previousDeath, previousWords, ...(afterMs > 0 && death !== undefined ? { until: death } : {}) })
    const reading = afterMs === 0 ? read() : sleep(this.#o.node.clock, afterMs, this.#halted.signal).then(read, () => '')
    void reading.then((message) => {
      if (message === '' || known.lastTerminated === undefined || known.deaths[0] !== death) return
      known.lastTerminated = { ...known.lastTerminated, message }
      this.#o.changed()
    })
  }
}
