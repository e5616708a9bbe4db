import { expect, test } from 'vitest'
import type { StackProgress } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { RunOptions } from '../../swarm/stack/apply/run-steps.ts'
import type { Step } from '../../swarm/stack/apply/steps.ts'
import { StackStoppedError } from '../../swarm/stack/apply/stopped.ts'
import { stackChannel } from './stack-channel.ts'

const step = (name: string): Step => ({ do: 'remove', kind: 'service', name, id: name })
const told = (name: string): object => ({ do: 'remove', kind: 'service', name })

/** As `runSteps` does it: each step waits until it may. */
async function steps(names: readonly string[], options: RunOptions, may: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  const all = names.map(step)
  options.planned?.(all)
  for (const [i, one] of all.entries()) {
    await may()
    if (options.signal?.aborted === true) throw new StackStoppedError('It', all.slice(0, i), one, all.slice(i + 1), new Error('stopped'), true)
    options.did?.(one.do)
  }
}

async function all(channel: AsyncIterable<StackProgress>): Promise<StackProgress[]> {
  const said: StackProgress[] = []
  for await (const progress of channel) said.push(progress)
  return said
}

test('tells its steps, also those that come later, each when it is done, and the end', async () => {
  const channel = stackChannel(async (options) => {
    await steps(['a', 'b'], options)
    await steps(['c'], options)
    return { warnings: ['mind the gap'] }
  })
  expect(await all(channel)).toEqual([
    { type: 'steps', steps: [told('a'), told('b')] }, { type: 'did', done: 1 }, { type: 'did', done: 2 }, { type: 'steps', steps: [told('a'), told('b'), told('c')] }, { type: 'did', done: 3 }, { type: 'done', warnings: ['mind the gap'] },
  ])
})

test('stops before the next step when it is told to, and says so', async () => {
  const channel = stackChannel(async (options) => {
    await steps(['a', 'b'], options, async () => { await channel.send({ type: 'stop' }) })
    return { warnings: [] }
  })
  const last = (await all(channel)).at(-1)
  expect(last).toEqual({ type: 'stopped', done: 0, asked: true, message: 'It was stopped before it could remove the service a. Done before that: nothing. Not done yet: remove the service a, remove the service b. Do it again, and it goes on from there.' })
})

test('leaving it stops it, too', async () => {
  let stopped: boolean | undefined
  const over = new Promise<void>((resolve) => {
    const channel = stackChannel(async (options) => {
      options.planned?.([step('a')])
      await new Promise<void>((aborted) => options.signal?.addEventListener('abort', () => aborted()))
      stopped = options.signal?.aborted
      resolve()
      return { warnings: [] }
    })
    void (async () => {
      for await (const _ of channel) break
    })()
  })
  await over
  expect(stopped).toBe(true)
})

test('what is refused is no failure; what fails is', async () => {
  const plan = { changes: [], problems: [{ severity: 'error' as const, message: 'no' }], files: [], changed: [], missing: [] }
  expect(await all(stackChannel(() => Promise.resolve({ refused: plan })))).toEqual([{ type: 'refused', plan }])
  await expect(all(stackChannel(() => Promise.reject(new StatusError('ServiceUnavailable', 'No manager is reached.'))))).rejects.toThrow('No manager is reached.')
})
