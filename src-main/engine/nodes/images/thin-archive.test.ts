import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { extract, pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { commonLayers } from './image-copy.ts'
import { chainIds, isV1Id } from './layer-files.ts'
import { thinArchive } from './thin-archive.ts'

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')
const diffId = (content: string): string => `sha256:${sha256(content)}`
/** A layer's description as Docker 20.10 writes it, with what Go escapes in it. */
const V1 = { created: '1970-01-01T00:00:00Z', container_config: { Hostname: '', Cmd: ['/bin/sh', '-c', 'a && b <c>'], Env: null } }
const goJson = (value: unknown): string => JSON.stringify(value).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e')

/** As `docker save` of 20.10: folders by alphabet, a layer that is there twice once as a link, the manifest at the end. */
async function oldArchive(layers: readonly string[]): Promise<Buffer> {
  const diffs = layers.map(diffId)
  const chains = chainIds(diffs)
  const folders: { id: string; json: string; diff: string; content: string }[] = []
  for (const [i, content] of layers.entries()) {
    const parent = folders[i - 1]?.id
    const { created, container_config } = V1
    const os = i === layers.length - 1 ? { os: 'linux' } : {}
    const id = sha256(goJson({ container_config, created, layer_id: chains[i], ...os, ...(parent === undefined ? {} : { parent: `sha256:${parent}` }) }))
    folders.push({ id, json: goJson({ id, ...(parent === undefined ? {} : { parent }), ...V1, os: 'linux' }), diff: diffs[i] ?? '', content })
  }
  const tar = pack()
  const first = new Map<string, string>()
  for (const { id, diff } of folders) if (!first.has(diff)) first.set(diff, id)
  for (const { id, json, diff, content } of [...folders].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    tar.entry({ name: `${id}/`, type: 'directory' })
    tar.entry({ name: `${id}/VERSION` }, '1.0')
    tar.entry({ name: `${id}/json` }, json)
    if (first.get(diff) === id) tar.entry({ name: `${id}/layer.tar` }, content)
    else tar.entry({ name: `${id}/layer.tar`, type: 'symlink', linkname: `../${first.get(diff) ?? ''}/layer.tar` })
  }
  tar.entry({ name: 'manifest.json' }, JSON.stringify(folders.map(({ id }) => `${id}/layer.tar`)))
  tar.finalize()
  return buffer(tar as AsyncIterable<Buffer>)
}

/** As Docker 25 and newer. */
async function newArchive(layers: readonly string[]): Promise<Buffer> {
  const tar = pack()
  for (const content of new Set(layers)) tar.entry({ name: `blobs/sha256/${sha256(content)}` }, content)
  tar.entry({ name: `blobs/sha256/${sha256('config')}` }, 'config')
  tar.entry({ name: 'manifest.json' }, '[]')
  tar.finalize()
  return buffer(tar as AsyncIterable<Buffer>)
}

async function filesOf(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const input = extract()
  Readable.from([archive]).pipe(input)
  for await (const entry of input) {
    const chunks: Buffer[] = []
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk)
    files.set(entry.header.name, entry.header.type === 'symlink' ? `-> ${entry.header.linkname}` : Buffer.concat(chunks).toString())
  }
  return files
}

const inPieces = function* (bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

// Few letters, so that the same layer comes twice; and sizes on both sides of a tar block.
const layerContents = fc.array(fc.oneof(fc.constantFrom('a', 'b', ''), fc.string({ minLength: 1, maxLength: 3000 })), { minLength: 1, maxLength: 7 })

test.each([['before Docker 25', oldArchive], ['since Docker 25', newArchive]])('whatever layers the receiver has, an archive (%s) lacks exactly their files', async (_, archiveOf) => {
  await fc.assert(fc.asyncProperty(layerContents, fc.nat(7), fc.integer({ min: 1, max: 5000 }), async (layers, has, pieces) => {
    const present = Math.min(has, layers.length)
    const whole = await archiveOf(layers)
    const before = await filesOf(whole)
    let spared = 0
    const thin = thinArchive(Readable.from(inPieces(whole, pieces)), { layers: layers.map(diffId), present, onSpared: (bytes) => (spared += bytes) })
    const after = await filesOf(await buffer(thin))
    const needed = new Set(layers.slice(present))
    const gone = [...before].filter(([name]) => !after.has(name))
    for (const [name, content] of after) expect(content).toBe(before.get(name))
    // Every layer that is missing over there is here, whole.
    for (const content of needed) expect([...after.values()]).toContain(content)
    expect(gone.map(([, content]) => content).sort()).toEqual([...new Set(layers.slice(0, present))].filter((content) => !needed.has(content)).sort())
    expect(spared).toBe(gone.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0))
  }), { numRuns: 60 })
})

test('an archive that breaks off, wherever it does, is no archive', async () => {
  const layers = ['a'.repeat(70_000), 'b'.repeat(200_000)]
  const whole = await oldArchive(layers)
  for (let at = 0; at < whole.length; at += 9_728) {
    const broken = Readable.from((async function* () {
      yield* inPieces(whole.subarray(0, at), 4096)
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error('the link was cut')
    })(), { objectMode: false })
    await expect(buffer(thinArchive(broken, { layers: layers.map(diffId), present: at % 2, onSpared: () => undefined }))).rejects.toThrow('the link was cut')
  }
})

test('what nobody reads is not taken from the source, and a reader that leaves ends it', async () => {
  let taken = 0
  const chunk = Buffer.alloc(65536)
  const tar = pack()
  tar.entry({ name: 'big', size: 100 * chunk.length })
  const header = (await new Promise<Buffer>((resolve) => tar.once('data', (data) => resolve(data as Buffer))))
  const source = Readable.from((function* () {
    yield header
    for (; taken < 100; taken++) yield chunk
  })(), { objectMode: false })
  const thin = thinArchive(source, { layers: [], present: 0, onSpared: () => undefined })
  thin.read()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBeLessThan(20)
  const closed = new Promise((resolve) => source.once('close', resolve))
  thin.destroy()
  await closed
})

// From a real `docker save` of Docker 20.10.24.
test('real folders are found by their descriptions', () => {
  const plain = '"container_config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null}'
  const [lowest = '', middle = '', highest = ''] = chainIds(['sha256:1e2ffa1df706108532c2a09851d7cf6db3f665e0c957e8b6e01ec65342c21e25', 'sha256:a3cb7585a66d9c023e48a3f3549a211eb2ff47f907bef6a22296b3db46f37560', 'sha256:0e6dfe840f61d34ac26a027cae507004350c7cd81a844f6047a9bf7edcf15c96'])
  const first = 'a032bd0a06d282b72f044efd1ef324028770dd1e637b89ba50d5dec679c84c2f'
  expect(isV1Id(first, `{"id":"${first}","created":"1970-01-01T00:00:00Z",${plain},"os":"linux"}`, lowest)).toBe(true)
  expect(isV1Id(first, `{"id":"${first}","created":"1970-01-01T00:00:00Z",${plain},"os":"linux"}`, middle)).toBe(false)
  const second = '5cf8d9f0d0f3bee65a38f79ac9592d211b530c57ea02d1d90f9b775a298646da'
  expect(isV1Id(second, `{"id":"${second}","parent":"${first}","created":"1970-01-01T00:00:00Z",${plain},"os":"linux"}`, middle)).toBe(true)
  const third = 'ed76f1bcb4f029f2d5296705dad13eca7238a666bc9468eaed0e0c5606b3ffe6'
  const built = String.raw`{"id":"ed76f1bcb4f029f2d5296705dad13eca7238a666bc9468eaed0e0c5606b3ffe6","parent":"5cf8d9f0d0f3bee65a38f79ac9592d211b530c57ea02d1d90f9b775a298646da","created":"2026-11-25T07:12:23.687776665Z","container":"6ab05fcfc92356b2a3a676ea6bff1a4fe68dd1693ec4428046e7c758ace1f841","container_config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["/bin/sh","-c","echo hi \u003e /a \u0026\u0026 echo \"\u003cb\u003e\" \u003e /b"],"Image":"sha256:dbfb14eead9a093424a9d7645a3755a7620454c634d01a8ba89a96ee31c7c267","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null,"StopSignal":"SIGQUIT"},"docker_version":"20.10.24+dfsg1","config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["nginx","-g","daemon off;"],"Image":"sha256:dbfb14eead9a093424a9d7645a3755a7620454c634d01a8ba89a96ee31c7c267","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null,"StopSignal":"SIGQUIT"},"architecture":"amd64","os":"linux"}`
  expect(isV1Id(third, built, highest)).toBe(true)
})

test('layers count as there only from the lowest on', () => {
  expect(commonLayers(['a', 'b', 'c'], [['a', 'x', 'c'], ['b', 'c'], ['a', 'b']])).toBe(2)
  expect(commonLayers(['a', 'b'], [])).toBe(0)
  expect(commonLayers(['a', 'b'], [['b', 'a']])).toBe(0)
  expect(commonLayers(['a'], [['a', 'b', 'c']])).toBe(1)
})
