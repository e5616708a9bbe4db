import type { ContainerTarget, NodeAccess, PodLogOptions } from '../../../../common/kube/node-access.ts'

/** Logs of containers that are as Docker's: times of nanoseconds, `since` counts its own moment in, a followed one ends with its run. */
export class FakeLogs implements Pick<NodeAccess, 'logs'> {
  readonly #logs = new Map<string, { time: string; text: string }[]>()
  readonly #followers = new Set<() => void>()
  readonly asked: PodLogOptions[] = []
  /** Throws instead of answering while it is set. */
  broken = false
  #tick = 0
  #cuts = 0

  /** Writes a line of a pod's; `sameTime`: in the same nanosecond as the line before. */
  write(pod: string, text: string, sameTime = false): void {
    if (!sameTime) this.#tick += 1
    const lines = this.#logs.get(pod) ?? []
    lines.push({ time: `2026-01-01T00:00:00.${String(this.#tick).padStart(9, '0')}Z`, text })
    this.#logs.set(pod, lines)
    this.#wake()
  }

  /** Ends what is followed: the run is over, or the node cut off. */
  cut(): void {
    this.#cuts += 1
    this.#wake()
  }

  /** The first lines are rotated away. */
  rotate(pod: string, count: number): void {
    this.#logs.get(pod)?.splice(0, count)
  }

  async *logs({ pod }: ContainerTarget, options: PodLogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.asked.push(options)
    if (this.broken) throw new Error('the node cannot be reached')
    const lines = this.#logs.get(pod) ?? []
    const cuts = this.#cuts
    let at = lines.findIndex((line) => options.sinceTime === undefined || line.time >= options.sinceTime)
    if (at < 0) at = lines.length
    while (!signal.aborted) {
      for (; at < lines.length; at++) yield Buffer.from(`${lines[at]?.time ?? ''} ${lines[at]?.text ?? ''}\n`)
      if (options.follow !== true || this.#cuts > cuts || signal.aborted) return
      await new Promise<void>((resolve) => {
        this.#followers.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #wake(): void {
    for (const wake of [...this.#followers]) {
      this.#followers.delete(wake)
      wake()
    }
  }
}
