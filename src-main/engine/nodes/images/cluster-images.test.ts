import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { CopyProgress, Supplied, SupplyRequest } from '../../runtime/pod/image-supply.ts'
import { ClusterImages } from './cluster-images.ts'
import { ArchiveRefusedError } from './image-place.ts'
import type { ImagePlace, PlacedImage } from './image-place.ts'

const DIFFS: Record<string, string> = { base: `sha256:${'a'.repeat(64)}`, top: `sha256:${'b'.repeat(64)}`, other: `sha256:${'c'.repeat(64)}` }
const CONTENT = 'x'.repeat(1000)

/** A Docker that remembers; its archives are as Docker 25's. */
class FakeDocker implements ImagePlace {
  readonly name: string
  readonly images = new Map<string, PlacedImage>()
  readonly tags = new Map<string, string>()
  /** Set: its answers wait for this. */
  gate: Promise<void> = Promise.resolve()
  away = false
  wholeOnly = false
  saves = 0
  active = 0
  mostActive = 0

  constructor(name: string) {
    this.name = name
  }

  add(reference: string, layers: string[], more: Partial<PlacedImage> = {}): PlacedImage {
    const image = { id: `id-${layers.join('-')}`, tags: [reference], digests: [], layers: layers.map((l) => DIFFS[l] ?? ''), sizeBytes: layers.length * 1000, createdAt: 0, architecture: 'amd64', ...more }
    this.images.set(image.id, image)
    this.tags.set(reference, image.id)
    return image
  }

  architecture(): Promise<string> {
    return Promise.resolve('amd64')
  }

  find(reference: string): Promise<PlacedImage | undefined> {
    if (this.away) return Promise.reject(new Error('away'))
    return Promise.resolve(this.images.get(this.tags.get(reference) ?? reference))
  }

  allLayers(): Promise<readonly (readonly string[])[]> {
    return Promise.resolve([...this.images.values()].map(({ layers }) => layers))
  }

  bytesAbove({ layers }: PlacedImage, from: number): Promise<number> {
    return Promise.resolve((layers.length - from) * 1000)
  }

  async save(id: string): Promise<Readable> {
    this.saves++
    this.mostActive = Math.max(this.mostActive, ++this.active)
    await this.gate
    const image = this.images.get(id)
    if (image === undefined) throw new Error('no such image')
    const tar = pack()
    for (const layer of image.layers) tar.entry({ name: `blobs/sha256/${layer.slice('sha256:'.length)}` }, CONTENT)
    tar.entry({ name: 'manifest.json' }, JSON.stringify(image))
    tar.finalize()
    return Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false }).once('close', () => this.active--)
  }

  async load(archive: Readable): Promise<void> {
    const bytes = (await buffer(archive)).toString('latin1')
    const image = JSON.parse(/\{"id".*\}/.exec(bytes)?.[0] ?? '') as PlacedImage
    const missing = image.layers.filter((layer) => !bytes.includes(`blobs/sha256/${layer.slice('sha256:'.length)}`))
    const there = [...this.images.values()].flatMap(({ layers }) => layers)
    if (missing.some((layer) => this.wholeOnly || !there.includes(layer))) throw new ArchiveRefusedError('a layer is missing')
    this.images.set(image.id, image)
  }

  tag(id: string, reference: string): Promise<void> {
    this.tags.set(reference, id)
    return Promise.resolve()
  }
}

function bench(): { a: FakeDocker; b: FakeDocker; c: FakeDocker; desk: FakeDocker; images: ClusterImages; ask: (node: string, request?: Partial<SupplyRequest>) => Promise<Supplied>; said: CopyProgress[]; secrets: Record<string, string[]> } {
  const [a, b, c, desk] = [new FakeDocker('server a'), new FakeDocker('server b'), new FakeDocker('server c'), new FakeDocker('the desk')]
  const secrets: Record<string, string[]> = {}
  const images = new ClusterImages({ clock: new FakeClock(), desk, secretsOf: (id) => secrets[id] ?? [] })
  for (const [name, place] of Object.entries({ a, b, c })) images.addNode(name, place, false)
  const said: CopyProgress[] = []
  const ask = (node: string, request: Partial<SupplyRequest> = {}): Promise<Supplied> =>
    images.for(node).supply({ reference: 'app:1', own: undefined, refused: false, secrets: [], onProgress: (p) => said.push(p), signal: new AbortController().signal, ...request })
  return { a, b, c, desk, images, ask, said, secrets }
}

test('an image comes from whoever has it, with its name, and only the layers that are lacking', async () => {
  const { a, b, ask, said } = bench()
  a.add('app:1', ['base', 'top'])
  b.add('another', ['base'])
  const got = await ask('b')
  expect(got).toMatchObject({ by: 'copy', imageId: 'id-base-top', from: 'server a', sparedBytes: 1000 })
  expect(b.tags.get('app:1')).toBe('id-base-top')
  expect(said.at(0)).toEqual({ from: 'server a', doneBytes: 0, totalBytes: 1000 })
  expect(await ask('c', { reference: 'nobody:1' })).toEqual({ by: 'nobody' })
})

test('the desk comes first, then what was built last; who does not answer is passed over', async () => {
  const { a, b, c, desk, ask } = bench()
  a.add('app:1', ['base'], { id: 'old', createdAt: 1 })
  b.add('app:1', ['base'], { id: 'new', createdAt: 2 })
  expect(await ask('c')).toMatchObject({ imageId: 'new' })
  desk.add('app:1', ['base'], { id: 'desk', createdAt: 0 })
  expect(await ask('c')).toMatchObject({ imageId: 'desk', from: 'the desk' })
  desk.away = true
  b.away = true
  c.images.clear()
  expect(await ask('c')).toMatchObject({ imageId: 'old' })
})

test('where the desk is a node, it is asked as one', async () => {
  const { desk, images, ask, c } = bench()
  const end = images.addNode('desk', desk, true)
  desk.add('app:1', ['base'])
  expect(await ask('a')).toMatchObject({ by: 'copy' })
  expect(await ask('desk', { own: undefined })).toMatchObject({ by: 'copy', from: 'server a' })
  end()
  c.images.clear()
  expect(await ask('c')).toMatchObject({ by: 'copy', from: 'the desk' })
})

test('what the node has will do, unless the desk has another one', async () => {
  const { a, b, desk, ask } = bench()
  const own = { id: 'mine', digests: [], tags: ['app:1'], user: '', sizeBytes: 1 }
  expect(await ask('b', { own })).toEqual({ by: 'own', image: own })
  a.add('app:1', ['base'], { createdAt: 9 })
  expect(await ask('b', { own })).toEqual({ by: 'own', image: own })
  desk.add('app:1', ['base'], { id: 'mine' })
  expect(await ask('b', { own })).toEqual({ by: 'own', image: own })
  desk.add('app:1', ['base'], { id: 'rebuilt' })
  expect(await ask('b', { own })).toMatchObject({ by: 'copy', imageId: 'rebuilt', from: 'the desk' })
  expect(b.tags.get('app:1')).toBe('rebuilt')
})

test('nobody gets a private image that others\' credentials opened, be it on its own node', async () => {
  const { a, ask, secrets } = bench()
  const { id } = a.add('app:1', ['base'], { digests: ['app@sha256:00'] })
  secrets[id] = ['secret-of-team-a']
  expect(await ask('b')).toEqual({ by: 'withheld' })
  expect(await ask('b', { refused: true, secrets: ['secret-of-team-a'] })).toEqual({ by: 'withheld' })
  expect(await ask('b', { own: { id, digests: [], tags: [], user: '', sizeBytes: 1 } })).toEqual({ by: 'withheld' })
  expect(await ask('b', { reference: id })).toEqual({ by: 'nobody' })
  expect(await ask('b', { secrets: ['secret-of-team-a'] })).toMatchObject({ by: 'copy', secrets: ['secret-of-team-a'] })
})

test('an image that is there under another name only gets its name; one asked for by digest gets none', async () => {
  const { a, b, ask } = bench()
  a.add('app:1', ['base'])
  b.add('other:1', ['base'])
  expect(await ask('b')).toMatchObject({ by: 'copy', sentBytes: 0, sparedBytes: 1000 })
  expect(a.saves).toBe(0)
  a.add('app@sha256:ff', ['base', 'top'])
  expect(await ask('b', { reference: 'app@sha256:ff' })).toMatchObject({ by: 'copy', imageId: 'id-base-top' })
  expect([...b.tags.keys()]).toEqual(['other:1', 'app:1'])
})

test('what is built for another processor is no use, and that is told', async () => {
  const { a, desk, ask } = bench()
  desk.add('app:1', ['base'], { architecture: 'arm64' })
  expect(await ask('b')).toEqual({ by: 'foreign', architecture: 'arm64', wanted: 'amd64' })
  a.add('app:1', ['base'])
  expect(await ask('b')).toMatchObject({ by: 'copy', from: 'server a' })
})

test('a Docker that takes no thinned archive gets a whole one', async () => {
  const { a, b, ask } = bench()
  a.add('app:1', ['base', 'top'])
  b.add('another', ['base'])
  b.wholeOnly = true
  expect(await ask('b')).toMatchObject({ by: 'copy', sparedBytes: 0 })
  expect(a.saves).toBe(2)
})

test('two pods of one node that want an image make one copy, and one source serves one node at a time', async () => {
  const { a, b, c, ask, said } = bench()
  a.add('app:1', ['base'])
  let open: () => void = () => undefined
  a.gate = new Promise((resolve) => (open = resolve))
  const all = [ask('b'), ask('b'), ask('c')]
  await expect.poll(() => [a.saves, said.some(({ from }) => from === undefined)]).toEqual([1, true])
  open()
  expect((await Promise.all(all)).map(({ by }) => by)).toEqual(['copy', 'copy', 'copy'])
  expect([a.mostActive, a.saves + b.saves]).toEqual([1, 2])
  expect(c.tags.has('app:1')).toBe(true)
})

test('whoever gives up, waiting or in the middle, keeps nobody from the rest', async () => {
  const { a, b, ask } = bench()
  a.add('app:1', ['base'])
  let open: () => void = () => undefined
  a.gate = new Promise((resolve) => (open = resolve))
  const [first, second] = [new AbortController(), new AbortController()]
  const copies = [ask('b', { signal: first.signal }), ask('b', { signal: second.signal }), ask('b')]
  await new Promise((resolve) => setTimeout(resolve, 20))
  second.abort(new Error('the second pod is gone'))
  await expect(copies[1]).rejects.toThrow('the second pod is gone')
  first.abort(new Error('the first pod is gone'))
  open()
  await expect(copies[0]).rejects.toThrow('the first pod is gone')
  expect(await copies[2]).toMatchObject({ by: 'copy' })
  expect(b.tags.get('app:1')).toBe('id-base')
})
