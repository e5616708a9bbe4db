import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { beforeEach, expect, test } from 'vitest'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { HelperSession } from '../network/start-network.ts'
import { NodeLease } from './node-lease.ts'
import type { Refusal } from './node-lease.ts'
import { LEASE_MS, OUTLAST_MS, termText } from './term.ts'
import { guardWrites } from './write-guard.ts'

const term = { epoch: 2, holder: 'me', name: 'me@here' }
/** As Docker gives a container's folder. */
function driveFolder(files: Record<string, string>, time: number): NodeJS.ReadableStream {
  const archive = pack()
  for (const [name, text] of Object.entries(files)) archive.entry({ name: `drive/${name}`, mtime: new Date(time) }, text)
  archive.finalize()
  return archive as unknown as NodeJS.ReadableStream
}

let clock: FakeClock
let refusals: Refusal[]
let lease: NodeLease
let answer: string
let asked: string[]
let session: HelperSession
let close: () => void

beforeEach(() => {
  clock = new FakeClock()
  refusals = []
  asked = []
  answer = '2 me me@here'
  lease = new NodeLease({ clock, clusterId: 'c', term, revision: () => 0, onRefused: (refusal) => refusals.push(refusal), onSession: () => undefined })
  const closed = new Promise<void>((resolve) => (close = resolve))
  session = { closed, close, request: (verb: string) => {
    asked.push(verb)
    return answer === 'hangs' ? new Promise(() => undefined) : Promise.resolve(answer)
  } } as unknown as HelperSession
})

test('held from the taking until ten seconds after the last renewal that was asked for', async () => {
  expect(lease.held()).toBe(false)
  await lease.take(session)
  expect(lease.held()).toBe(true)
  await clock.advance(60_000)
  expect(lease.held()).toBe(true)
  answer = 'hangs'
  // One renewal is asked for and never answered: what counts is the one before.
  await clock.advance(LEASE_MS)
  expect(lease.held()).toBe(false)
})

test('a machine that slept does not hold what it held: its monotonic clock stood still', async () => {
  await lease.take(session)
  const before = clock.monotonic()
  clock.monotonic = () => before
  await clock.advance(LEASE_MS + 1)
  answer = 'hangs'
  expect(clock.now() - before).toBeGreaterThan(LEASE_MS)
  await clock.advance(LEASE_MS + 1)
  expect(lease.held()).toBe(false)
})

test('another engine has taken over: refused for good, and whoever waits is told', async () => {
  await lease.take(session)
  answer = '3 other mina@laptop'
  await clock.advance(3_000)
  expect(refusals).toEqual([{ may: false, why: 'superseded', by: { epoch: 3, holder: 'other', name: 'mina@laptop' } }])
  expect(lease.held()).toBe(false)
  await expect(lease.whenHeld()).rejects.toThrow('does not drive the server any more')
})

test('taken from an engine that drives: changed only when that one says it has stopped, or must have', async () => {
  const other = { epoch: 1, holder: 'other', name: 'mina@laptop' }
  for (const [freed, ms] of [['1 other mina@laptop', 1_000], ['', OUTLAST_MS]] as const) {
    const taken = new NodeLease({ clock, clusterId: 'c', term, revision: () => 0, onRefused: () => undefined, onSession: () => undefined })
    const found = { listContainers: () => Promise.resolve([{ Id: 'h' }]), info: () => Promise.resolve({ SystemTime: new Date(clock.now()).toISOString() }), getContainer: () => ({ getArchive: () => Promise.resolve(driveFolder({ lease: termText(other), seen: '\n' }, clock.now())) }) }
    await taken.look(found as unknown as Docker)
    answer = '2 me me@here'
    const done = taken.take(session)
    await clock.advance(500)
    expect([taken.held(), asked.at(-1)]).toEqual([false, 'lease'])
    answer += `\n${freed}`
    await clock.advance(ms - 501)
    if (ms === OUTLAST_MS) expect(taken.held()).toBe(false)
    await clock.advance(600)
    await done
    expect(taken.held()).toBe(true)
  }
})

test('given back: nothing is changed afterwards', async () => {
  await lease.take(session)
  await lease.release()
  expect(asked.at(-1)).toBe('release')
  expect(lease.held()).toBe(false)
  await clock.advance(60_000)
  expect(asked.at(-1)).toBe('release')
})

test('Docker is read without a lease and changed only with one', async () => {
  const sent: string[] = []
  const modem = { dial: ({ method, path }: { method: string; path: string }, callback: (error: unknown) => void) => {
    sent.push(`${method} ${path}`)
    callback(null)
  } }
  const docker = guardWrites({ modem } as unknown as Docker, lease)
  const dial = (method: string): Promise<unknown> => new Promise((resolve) => (docker.modem as unknown as typeof modem).dial({ method, path: '/x' } as never, resolve))
  await dial('GET')
  const post = dial('POST')
  await settle()
  expect(sent).toEqual(['GET /x'])
  await lease.take(session)
  expect(await post).toBeNull()
  expect(sent).toEqual(['GET /x', 'POST /x'])
  answer = 'hangs'
  await clock.advance(LEASE_MS + 3_000)
  const late = dial('DELETE')
  await clock.advance(10_000)
  expect(await late).toMatchObject({ name: 'DockerUnreachableError', message: expect.stringMatching(/could not be renewed/) as string })
  expect(sent).toHaveLength(2)
})
