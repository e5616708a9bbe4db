import type { StackInput, StackPlan, StackProgress, StackStep } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Channel } from '../../common/rpc/stream.ts'
import type { RunOptions } from '../../swarm/stack/apply/run-steps.ts'
import { toldStep } from '../../swarm/stack/apply/steps.ts'
import { StackStoppedError } from '../../swarm/stack/apply/stopped.ts'

/** What a change of stacks came to: `warnings`, or why nothing was done. */
export type StackOutcome = { readonly warnings: readonly string[] } | { readonly refused: StackPlan }

/**
 * A channel whose life is a change of stacks: it begins when the channel is read, tells its steps, and stops before the next one when it is told to, or left. Where it stopped midway
 * the channel says so and ends; everything else that goes wrong fails it.
 */
export function stackChannel(run: (options: RunOptions) => Promise<StackOutcome>): Channel<StackInput, StackProgress> {
  const stopping = new AbortController()
  const stop = (): void => stopping.abort(new Error('stopped'))
  const outputs = makeStream<StackProgress>(async (push, signal) => {
    signal.addEventListener('abort', stop)
    const steps: StackStep[] = []
    let done = 0
    // In order, although nobody waits for the reader in between.
    let told: Promise<void> = Promise.resolve()
    const tell = (progress: StackProgress): void => void (told = told.then(() => push(progress)))
    try {
      const outcome = await run({
        signal: stopping.signal,
        planned: (more) => {
          steps.push(...more.map(toldStep))
          tell({ type: 'steps', steps: [...steps] })
        },
        did: () => tell({ type: 'did', done: ++done }),
      })
      tell('refused' in outcome ? { type: 'refused', plan: outcome.refused } : { type: 'done', warnings: [...outcome.warnings] })
    } catch (error) {
      if (!(error instanceof StackStoppedError)) throw error
      tell({ type: 'stopped', done, message: error.message, asked: error.asked })
    } finally {
      await told
    }
  })
  return {
    [Symbol.asyncIterator]: () => outputs[Symbol.asyncIterator](),
    send: ({ type }) => {
      if (type === 'stop') stop()
      return Promise.resolve()
    },
    close: stop,
  }
}
