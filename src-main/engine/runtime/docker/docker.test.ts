import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { negotiateVersion } from '../../../hosts/docker-connection.ts'
import { AddressPool } from '../node/address-pool.ts'
import { lastLines, limited } from '../node/log-lines.ts'
import { choosePodCidr } from '../node/pod-cidr.ts'
import { crashDelay } from '../pod/backoff.ts'
import { explainStart } from '../pod/explain-start.ts'
import { explainPull } from './docker-pull.ts'
import { dockerTime } from '../../../hosts/docker-log.ts'
import { frames } from '../../../hosts/multiplexed.ts'

async function* chunks<T>(...list: T[]): AsyncGenerator<T> {
  yield* list
}
async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const result: T[] = []
  for await (const item of source) result.push(item)
  return result
}

test.each([['1.41', 'v1.41'], ['1.47', 'v1.47'], ['1.52', 'v1.47'], [undefined, 'v1.41']])('an engine of API %s is spoken to in %s', (theirs, ours) => expect(negotiateVersion(theirs)).toBe(ours))

test('frames come out the same however the stream is cut', () => fc.assert(fc.asyncProperty(
  fc.array(fc.record({ stderr: fc.boolean(), text: fc.string({ maxLength: 20 }) }), { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 6 }),
  async (sent, cuts) => {
    const wire = Buffer.concat(sent.map(({ stderr, text }) => {
      const payload = Buffer.from(text)
      const header = Buffer.from([stderr ? 2 : 1, 0, 0, 0, 0, 0, 0, 0])
      header.writeUInt32BE(payload.length, 4)
      return Buffer.concat([header, payload])
    }))
    const at = [0, ...cuts.filter((c) => c < wire.length).sort((a, b) => a - b), wire.length]
    const parts = at.slice(1).map((end, i) => wire.subarray(at[i], end))
    expect((await all(frames(chunks(...parts)))).map((f) => ({ stderr: f.stderr, text: f.payload.toString() }))).toEqual(sent)
  },
)))

describe('refusals are sentences', () => {
  test.each([
    ['manifest for x:9 not found: manifest unknown', 'notFound', /There is no image "x" in its registry/],
    ['Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', 'unreachable', /cannot be reached from the node/],
    ['pull access denied for x, repository does not exist or may require \'docker login\'', 'unauthorized', /or it is private/],
    ['unauthorized: authentication required', 'unauthorized', /image pull secret/],
    ['toomanyrequests: You have reached your pull rate limit', 'unreachable', /rate limit/],
    ['write /var/lib/docker/tmp/x: no space left on device', 'diskFull', /disk is full/],
    ['invalid reference format: repository name must be lowercase', 'invalidName', /not a valid image name/],
    ['something new', 'other', /could not be pulled: something new/],
  ])('pull: %s', (message, kind, sentence) => {
    const error = explainPull('x', message)
    expect(error.kind).toBe(kind)
    expect(error.message).toMatch(sentence)
  })
  test.each([
    ['driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated', /^Port 80 of the node is taken by another container/],
    ['Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use', /^Port 80 of the node is taken by another program/],
    ['OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown', /^The image has no program "nope"/],
    ['could not select device driver "" with capabilities: [[gpu]]', /^Docker on this server cannot hand out its GPU: install nvidia-container-toolkit there, and restart Docker\. \(Docker: could not/],
    ['nvidia-container-cli: device error: GPU-8c1a: unknown device: unknown', /^The GPU that the pod was given is not there any more/],
    ['Unknown runtime specified runsc', /^Docker on this server has no runtime "runsc"/],
    ['unknown or invalid runtime name: runsc', /^Docker on this server has no runtime "runsc", which the pod's RuntimeClass names/],
    ['no idea', /^no idea$/],
  ])('start: %s', (message, sentence) => expect(explainStart(new Error(message))).toMatch(sentence))
})

test('a pod network keeps clear of what is taken', () => {
  expect(choosePodCidr([])).toBe('10.244.1.0/24')
  expect(choosePodCidr(['10.244.1.0/24', '10.244.2.128/25', '0.0.0.0/0', 'fe80::/10'])).toBe('10.244.3.0/24')
  expect(choosePodCidr(['10.0.0.0/8'])).toBe('172.30.1.0/24')
})

test('addresses are taken once, kept by their owner, and reused last', () => {
  const pool = new AddressPool('10.244.1.0/29')
  const [a, b] = [pool.take('a'), pool.take('b', '10.244.1.6')]
  expect([a, b, pool.take('a'), pool.take('c', '10.244.1.6'), pool.take('d', '10.244.9.9')]).toEqual(['10.244.1.2', '10.244.1.6', '10.244.1.2', '10.244.1.3', '10.244.1.4'])
  pool.release('a')
  expect(pool.take('e')).toBe('10.244.1.5')
  expect(pool.take('f')).toBe('10.244.1.2')
  expect(() => pool.take('g')).toThrow(/all 5 addresses/)
})

test('the crash delay doubles from 100 ms to a minute', () => expect([0, 1, 2, 3, 10, 50].map(crashDelay)).toEqual([0, 100, 200, 400, 51_200, 60_000]))

test('log helpers', async () => {
  const text = async (source: AsyncIterable<Uint8Array>): Promise<string> => Buffer.concat(await all(source)).toString()
  const lines = (): AsyncGenerator<Buffer> => chunks(Buffer.from('a\nb'), Buffer.from('b\nc\nd'))
  expect(await text(lastLines(lines(), 2))).toBe('c\nd')
  expect(await text(lastLines(lines(), 0))).toBe('')
  expect(await text(limited(lines(), 4))).toBe('a\nbb')
  expect(dockerTime('2026-01-02T03:04:05.123456789Z')).toBe('1767323045.123456789')
})
