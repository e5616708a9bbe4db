import { expect, test } from 'vitest'
import type { FromEngine, ToEngine } from '../common/contract/engine-messages.ts'
import { FakeClock, settle } from '../common/fake-clock.ts'
import type { EngineChild } from './engine-supervisor.ts'
import { EngineSupervisor } from './engine-supervisor.ts'

class Child implements EngineChild<string> {
  readonly got: string[] = []
  say: (message: FromEngine) => void = () => undefined
  exit: (code: number) => void = () => undefined
  killed = false
  post(message: ToEngine, port?: string): void {
    this.got.push(port === undefined ? message.type : `${message.type} ${port}`)
  }
  onMessage(handler: (message: FromEngine) => void): void {
    this.say = handler
  }
  onExit(handler: (code: number) => void): void {
    this.exit = handler
  }
  kill(): void {
    this.killed = true
    this.exit(137)
  }
}

function setUp(): { clock: FakeClock; children: Child[]; supervisor: EngineSupervisor<string> } {
  const clock = new FakeClock()
  const children: Child[] = []
  const fork = (): Child => {
    const child = new Child()
    children.push(child)
    return child
  }
  return { clock, children, supervisor: new EngineSupervisor<string>(fork, { dataDir: '/data', secretKey: undefined, dockerSocket: undefined, nodeAddress: undefined, useLocal: true }, clock) }
}

test('a dead engine is started again, more slowly each time, and gets the ports asked for meanwhile', async () => {
  const { clock, children, supervisor } = setUp()
  supervisor.connect('first')
  expect(children[0]?.got).toEqual(['start', 'connect first'])
  children[0]?.say({ type: 'state', state: { state: 'running', docker: { state: 'connected' } } })
  expect(supervisor.state.get().state).toBe('running')
  children[0]?.exit(11)
  supervisor.connect('second')
  expect(supervisor.state.get()).toMatchObject({ state: 'failed', message: expect.stringContaining('containers keep running') as string })
  await clock.advance(200)
  expect(children[1]?.got).toEqual(['start', 'connect second'])
  children[1]?.exit(11)
  await clock.advance(399)
  expect(children).toHaveLength(2)
  await clock.advance(1)
  expect(children).toHaveLength(3)
  await clock.advance(30_000)
  children[2]?.exit(11)
  await clock.advance(200)
  expect(children).toHaveLength(4)
})

test('why it could not start is shown, not only that it ended', () => {
  const { children, supervisor } = setUp()
  children[0]?.say({ type: 'state', state: { state: 'failed', message: 'The disk is full: make room.', docker: { state: 'connecting' } } })
  children[0]?.exit(1)
  expect(supervisor.state.get().message).toMatch(/^The disk is full: make room\. It is started again/)
})

test('stop waits for the engine, ends one that hangs, and starts none again', async () => {
  const { clock, children, supervisor } = setUp()
  const stopped = supervisor.stop()
  expect(children[0]?.got).toEqual(['start', 'stop'])
  await clock.advance(8_000)
  expect(children[0]?.killed).toBe(true)
  await stopped
  await clock.advance(60_000)
  await settle()
  expect(children).toHaveLength(1)
})
