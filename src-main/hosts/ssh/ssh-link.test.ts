import { expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { OpenChannel, SshConnection } from './ssh-connection.ts'
import { SshError } from './ssh-error.ts'
import { HandshakeGate } from './handshake-gate.ts'
import { SshLink } from './ssh-link.ts'
import { Deadline } from './deadline.ts'

/** A connection that ends when told, and counts its sessions. */
class FakeConnection {
  sessions = 0
  isOpen = true
  end!: (why: SshError) => void
  readonly closed = new Promise<SshError>((resolve) => {
    this.end = (why) => {
      this.isOpen = false
      resolve(why)
    }
  })
  close(): void {
    this.end(new SshError('closed', 'closed'))
  }
}

function setUp(failure?: SshError): { clock: FakeClock; link: SshLink; made: FakeConnection[]; failWith(error?: SshError): void } {
  const clock = new FakeClock()
  const made: FakeConnection[] = []
  const connect = (): Promise<SshConnection> => {
    if (failure !== undefined) return Promise.reject(failure)
    const connection = new FakeConnection()
    made.push(connection)
    return Promise.resolve(connection as unknown as SshConnection)
  }
  return { clock, made, failWith: (error) => void (failure = error), link: new SshLink({ connect, clock, random: () => 0 }) }
}
const gone = new SshError('timeout', 'no answer')

test('a lost connection is made again at once, then with growing delays; calls fail at once meanwhile', async () => {
  const { clock, link, made, failWith } = setUp()
  await link.connection()
  await clock.advance(60_000)
  failWith(gone)
  made[0]?.end(new SshError('lost', 'lost'))
  const waiting = link.connection().catch((error: unknown) => error)
  expect(await waiting).toMatchObject({ code: 'timeout' })
  expect(link.state.get()).toMatchObject({ phase: 'unreachable', retryAt: clock.now() + 1000 })
  await expect(link.connection()).rejects.toThrow('no answer')
  await clock.advance(1000)
  expect(link.state.get()).toMatchObject({ retryAt: clock.now() + 2000 })
  failWith(undefined)
  await clock.advance(2000)
  expect(link.state.get().phase).toBe('connected')
  await link.close()
  await expect(link.connection()).rejects.toMatchObject({ code: 'closed' })
  expect(clock.pending).toBe(0)
})

test('a connection that ends as soon as it is made is not made again in a rush', async () => {
  const { clock, link, made } = setUp()
  for (let i = 0; i < 4; i++) {
    await settle()
    made.at(-1)?.end(new SshError('lost', 'lost'))
    await settle()
  }
  expect(made).toHaveLength(2)
  await clock.advance(60_000)
  expect(made).toHaveLength(3)
  await link.close()
})

test('what needs a person waits for one', async () => {
  const { clock, link, made, failWith } = setUp(new SshError('auth-failed', 'no'))
  await expect(link.connection()).rejects.toThrow('no')
  failWith(undefined)
  await clock.advance(3_600_000)
  expect(link.state.get()).toMatchObject({ phase: 'unreachable', code: 'auth-failed', retryAt: undefined })
  expect(made).toHaveLength(0)
  link.retry()
  await link.connection()
  await link.close()
  expect(clock.pending).toBe(0)
})

test('a server that has let us in before and then refuses may be booting: it is tried again, but slowly; a changed key is not', async () => {
  const { clock, link, made, failWith } = setUp()
  await link.connection()
  failWith(new SshError('auth-failed', 'no'))
  made[0]?.end(gone)
  await settle()
  expect(link.state.get()).toMatchObject({ retryAt: clock.now() + 60_000 })
  failWith(new SshError('host-key-changed', 'CHANGED'))
  await clock.advance(60_000)
  expect(link.state.get()).toMatchObject({ code: 'host-key-changed', retryAt: undefined })
  await link.close()
})

test('sessions spill over to further connections, which close when idle', async () => {
  const { clock, link, made } = setUp()
  const open = (connection: SshConnection): Promise<OpenChannel> => {
    const fake = connection as unknown as FakeConnection
    if (fake.sessions >= 8) throw new Error('too many')
    fake.sessions++
    return Promise.resolve({} as OpenChannel)
  }
  await Promise.all(Array.from({ length: 20 }, () => link.session(open)))
  expect(made.map((c) => c.sessions)).toEqual([8, 8, 4])
  for (const connection of made) connection.sessions = 0
  await clock.advance(31_000)
  expect(made.map((c) => c.isOpen)).toEqual([true, false, false])
  await link.close()
})

test('a server that allows fewer sessions is learnt', async () => {
  const { link, made } = setUp()
  const open = (connection: SshConnection): Promise<OpenChannel> => {
    const fake = connection as unknown as FakeConnection
    if (fake.sessions >= 2) return Promise.reject(new SshError('sessions', 'no more'))
    fake.sessions++
    return Promise.resolve({} as OpenChannel)
  }
  await Promise.all(Array.from({ length: 6 }, () => link.session(open)))
  expect(made.map((c) => c.sessions)).toEqual([2, 2, 2])
  await link.close()
})

test('the gate lets three in, the next when one leaves, and forgets who gave up', async () => {
  const gate = new HandshakeGate()
  const forever = new AbortController()
  const leave = await Promise.all([1, 2, 3].map(() => gate.enter('a', forever.signal)))
  await gate.enter('b', forever.signal)
  const impatient = new AbortController()
  const gaveUp = gate.enter('a', impatient.signal).catch(() => 'gave up')
  let entered = false
  const next = gate.enter('a', forever.signal).then(() => (entered = true))
  impatient.abort()
  expect(await gaveUp).toBe('gave up')
  expect(entered).toBe(false)
  leave[0]?.()
  leave[0]?.()
  await next
  let fifth = false
  void gate.enter('a', forever.signal).then(() => (fifth = true))
  await settle()
  expect(fifth).toBe(false)
})

test('a deadline stands still while a person is asked', async () => {
  const clock = new FakeClock()
  let expired = false
  const deadline = new Deadline(clock, 1000, () => (expired = true))
  await clock.advance(900)
  let answer: () => void = () => undefined
  const asking = deadline.outside(() => new Promise<void>((resolve) => (answer = resolve)))
  await clock.advance(60_000)
  answer()
  await asking
  expect(expired).toBe(false)
  await clock.advance(100)
  expect(expired).toBe(true)
})
