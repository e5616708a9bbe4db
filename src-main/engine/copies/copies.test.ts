import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { Cipher } from '../store/cipher.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { chooseNodes } from './choose-nodes.ts'
import { Copier } from './copier.ts'
import type { CopyState } from './copier.ts'
import { readCopy, stateOf } from './read-copy.ts'
import { copyKey, newRecoveryKey } from './recovery-key.ts'
import { restore } from './restore.ts'

const me = { user: 'test' }
const key = newRecoveryKey()
const cipher = (): Cipher => new Cipher(copyKey(key, 'cluster-1'))

/** A node's helper, as far as copies go: the same files. */
class Node {
  copy = Buffer.alloc(0)
  #next = Buffer.alloc(0)
  failing = false

  request(_verb: string, body: string | Buffer = ''): Promise<string> {
    if (this.failing) return Promise.reject(new Error('No space left on device'))
    const bytes = Buffer.from(body as Buffer)
    const end = bytes.indexOf(10)
    const [how] = bytes.toString('utf8', 0, end).split(' ')
    const rest = bytes.subarray(end + 1)
    if (how === 'new') this.#next = rest
    else if (how === 'more') this.#next = Buffer.concat([this.#next, rest])
    else if (how === 'done') this.copy = this.#next
    else this.copy = Buffer.concat([this.copy, rest])
    return Promise.resolve('')
  }
}

let dir: string
let clock: FakeClock
let store: Store
let nodes: Map<string, Node>
let states: readonly CopyState[]
let copier: Copier | undefined
let changed: () => void

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'toque-copies-'))
  clock = new FakeClock()
  store = await openStore({ dir, clock, encryptionKey: Buffer.alloc(32, 1) })
  nodes = new Map(['a', 'b', 'c', 'd'].map((name) => [name, new Node()]))
})
afterEach(async () => {
  await copier?.stop()
  copier = undefined
  await store.close()
  rmSync(dir, { recursive: true, force: true })
})

function start(): void {
  copier = new Copier({
    store, clock, clusterId: 'cluster-1', epoch: 4, cipher: cipher(), sessions: () => nodes,
    onSessions: (listener) => {
      changed = listener
      return () => undefined
    },
    onState: (now) => (states = now),
  })
}

const put = (name: string, n: unknown): Promise<number> => store.commit([{ type: 'put', key: `//configmaps/default/${name}`, value: { n } }], me)
/** Compression is no part of the fake clock: real turns go by until it is so. */
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !what(); i++) {
    await clock.advance(50)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  expect(what()).toBe(true)
}
const upToDate = (): boolean => states.length === 3 && states.every(({ revision }) => revision === store.revision)
async function* bytesOf(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
const present = (): [string, unknown][] => store.list('').entries.map((e) => [e.key, e.value])
const stateIn = async (name: string): Promise<[string, unknown][]> => [...(await stateOf(bytesOf(nodes.get(name)?.copy ?? Buffer.alloc(0)), cipher())).entries].sort()

describe('copies', () => {
  test('the whole state, then every commit, on three nodes; deleted keys are gone', async () => {
    await put('a', 1)
    await put('b', 'x'.repeat(600_000))
    start()
    await until(upToDate)
    await put('a', 2)
    await put('c', 3)
    await store.commit([{ type: 'delete', key: '//configmaps/default/b' }], me)
    await until(upToDate)
    expect(states.map(({ node }) => node)).toEqual(['a', 'b', 'c'])
    for (const node of ['a', 'b', 'c']) expect(await stateIn(node)).toEqual(present())
    expect((await stateOf(bytesOf(nodes.get('a')?.copy ?? Buffer.alloc(0)), cipher()))).toMatchObject({ epoch: 4, revision: store.revision, clusterId: 'cluster-1' })
  })

  test('a node that goes is replaced by another, which gets all of it', async () => {
    await put('a', 1)
    start()
    await until(upToDate)
    nodes.delete('a')
    changed()
    await put('b', 2)
    await until(upToDate)
    expect(states.map(({ node }) => node)).toEqual(['b', 'c', 'd'])
    expect(await stateIn('d')).toEqual(present())
  })

  test('a full disk is told, and the copy is whole again when there is room', async () => {
    await put('a', 1)
    start()
    await until(upToDate)
    const node = nodes.get('a') as Node
    node.failing = true
    await put('b', 2)
    await until(() => states[0]?.problem === 'No space left on device')
    node.failing = false
    await put('c', 3)
    await until(upToDate)
    expect(await stateIn('a')).toEqual(present())
  })

  test('begun anew when what was added outgrows it', async () => {
    start()
    const first = (): string => nodes.get('a')?.copy.toString('latin1', 0, nodes.get('a')?.copy.indexOf(10)) ?? ''
    await until(upToDate)
    const header = first()
    // Random: it does not get smaller.
    for (let i = 0; i < 6; i++) {
      await put('big', Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)).map((b) => b)).toString('hex') + Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex') + Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('hex'))
      await until(upToDate)
      await put('big', Buffer.from(crypto.getRandomValues(new Uint8Array(65_000))).toString('hex') + Buffer.from(crypto.getRandomValues(new Uint8Array(65_000))).toString('hex'))
      await until(upToDate)
    }
    await until(() => first() !== header)
    expect(await stateIn('a')).toEqual(present())
  })

  test('what was cut off at the end does not count; what was changed or moved is refused', async () => {
    await put('a', 1)
    start()
    await until(upToDate)
    const whole = nodes.get('a')?.copy ?? Buffer.alloc(0)
    await put('b', 2)
    await until(upToDate)
    const more = nodes.get('a')?.copy ?? Buffer.alloc(0)
    const cut = await stateOf(bytesOf(more.subarray(0, more.length - 3)), cipher())
    expect([...cut.entries.keys()]).toEqual(['//configmaps/default/a'])
    await expect(stateOf(bytesOf(whole.subarray(0, whole.length - 3)), cipher())).rejects.toThrow('not whole')
    const flipped = Buffer.from(more)
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    await expect(stateOf(bytesOf(flipped), cipher())).rejects.toThrow()
    // The last frame twice.
    await expect(stateOf(bytesOf(more, more.subarray(whole.length)), cipher())).rejects.toThrow()
    await expect(stateOf(bytesOf(more), new Cipher(copyKey(newRecoveryKey(), 'cluster-1')))).rejects.toThrow('another cluster')
  })

  test('in whatever pieces its bytes come', async () => {
    for (let i = 0; i < 5; i++) await put(`k${String(i)}`, i)
    start()
    await until(upToDate)
    await put('last', 1)
    await until(upToDate)
    const all = nodes.get('a')?.copy ?? Buffer.alloc(0)
    await fc.assert(fc.asyncProperty(fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 8 }), async (cuts) => {
      const at = [0, ...new Set(cuts), all.length].sort((a, b) => a - b)
      const pieces = at.slice(1).map((end, i) => all.subarray(at[i], end))
      expect([...(await stateOf(bytesOf(...pieces), cipher())).entries].sort()).toEqual(present())
    }), { numRuns: 30 })
  })
})

test('a restored store is the copy, above its revisions, and what it was is in the journal', async () => {
  await put('own', 1)
  await put('both', 1)
  const entries = new Map([['//configmaps/default/both', { n: 2 }], ['//configmaps/default/theirs', { n: 3 }]])
  const revision = await restore(store, { entries, revision: 5_000 }, me)
  expect(revision).toBe(5_001)
  expect(present()).toEqual([...entries].sort())
  expect((await store.history({ key: '//configmaps/default/own', limit: 1 }))[0]).toMatchObject({ before: { n: 1 } })
  // As it was: watches go on from before, without a gap.
  const seen: string[] = []
  store.watch('', 2, (changes) => seen.push(...changes.map((c) => `${c.type} ${c.key} ${String(c.revision)}`)))
  await put('next', 1)
  expect(seen.map((line) => line.split(' ')[2])).toEqual(['5001', '5001', '5001', '5002'])
})

describe('recovery key', () => {
  test('nine groups; as people type it; of one cluster', () => {
    expect(key).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/)
    expect(copyKey(key.toLowerCase().replace(/-/g, ' ').replace(/0/g, 'o').replace(/1/g, 'l'), 'c')).toEqual(copyKey(key, 'c'))
    expect(copyKey(key, 'c')).not.toEqual(copyKey(key, 'd'))
  })

  test('every typing mistake of one letter is found', () => {
    const at = fc.integer({ min: 0, max: key.length - 1 }).filter((i) => key[i] !== '-')
    fc.assert(fc.property(at, fc.constantFrom(...'23456789ABCDEFGHJKMNPQRSTVWXYZ'), (i, letter) => {
      fc.pre(key[i] !== letter)
      expect(() => copyKey(key.slice(0, i) + letter + key.slice(i + 1), 'c')).toThrow(/typing mistake/)
    }))
  })

  test.each([['', /0 of 36/], ['hello', /5 of 36|“L”/], [`${key.slice(0, -1)}U`, /“U” is in no recovery key/]])('%j says what is wrong', (text, message) => {
    expect(() => copyKey(text, 'c')).toThrow(message)
  })
})

test.each<[string[], string[], string[]]>([
  [[], ['d', 'c', 'a', 'b'], ['a', 'b', 'c']], [['d'], ['a', 'b', 'c', 'd'], ['d', 'a', 'b']], [['a', 'b'], ['b', 'c'], ['b', 'c']], [['a'], [], []], [[], ['a'], ['a']],
])('keeping %j, reachable %j: %j', (keeping, reachable, chosen) => expect(chooseNodes(keeping, reachable)).toEqual(chosen))

test('a copy that comes slowly through Docker is read to its end', async () => {
  for (let i = 0; i < 40; i++) await put(`k${String(i)}`, Buffer.from(crypto.getRandomValues(new Uint8Array(20_000))).toString('hex'))
  start()
  await until(upToDate)
  const tar = pack()
  tar.entry({ name: 'copy' }, nodes.get('a')?.copy ?? Buffer.alloc(0))
  tar.finalize()
  const slowly = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of tar) {
      for (let at = 0; at < (chunk as Buffer).length; at += 30_000) {
        yield (chunk as Buffer).subarray(at, at + 30_000)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
  }
  const docker = { listContainers: () => Promise.resolve([{ Id: 'h' }]), getContainer: () => ({ getArchive: () => Promise.resolve(Readable.from(slowly())) }) } as unknown as Docker
  expect([...((await readCopy(docker, 'cluster-1', key))?.entries ?? [])].sort()).toEqual(present())
})
