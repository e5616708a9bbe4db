import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { BROUGHT_IMAGES_ANNOTATION, imageNotesOf, PRIVATE_IMAGES_ANNOTATION, secretsOfImage } from '../../../common/kube/image-notes.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import type { ImageStore, NodeImage } from '../container-runtime.ts'
import { NodeImages, nodeImages } from './node-images.ts'

const image = (id: string, sizeBytes: number, more: Partial<NodeImage> = {}): NodeImage => ({ id, digests: [], tags: [`${id}:1`], user: '', sizeBytes, ...more })

test('the largest fifty, the largest first, by at most five names; what has no name is not shown', () => {
  const many = Array.from({ length: 60 }, (_, i) => image(`i${String(i)}`, i))
  expect(nodeImages(many).length).toBe(50)
  expect(nodeImages(many)[0]).toEqual({ names: ['i59:1'], sizeBytes: 59 })
  expect(nodeImages([image('a', 1, { tags: ['<none>:<none>'], digests: ['<none>@<none>'] }), image('b', 1, { tags: [] })])).toEqual([])
  expect(nodeImages([image('a', 1, { digests: ['a@sha256:1'], tags: ['1', '2', '3', '4', '5'] })])[0]?.names).toEqual(['a@sha256:1', '1', '2', '3', '4'])
})

test('a burst of changes is one write, the same list none, and what was noted of an image is forgotten with it', async () => {
  const clock = new FakeClock()
  const client = new MemoryClient(clock)
  await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: {} })
  let listed = 0
  let there = [image('a', 1), image('b', 2)]
  let changed: () => void = () => undefined
  const store = { follow: (tell: () => void, signal: AbortSignal) => new Promise<void>((resolve) => {
    changed = tell
    tell()
    signal.addEventListener('abort', () => resolve())
  }), list: () => Promise.resolve((listed++, there)) } as unknown as ImageStore
  const images = new NodeImages({ client, clock, name: 'n', images: store, onError: (error) => { throw error as Error } })
  await images.isPrivate('a', ['u1'])
  await images.isPrivate('a', ['u2', 'u1'])
  await images.isPrivate('b', ['u3'])
  await images.brought('a', ['a:1'], true)
  await images.brought('b', ['b:1'], false)
  await images.brought('a', ['a:latest'], false)
  for (let i = 0; i < 5; i++) changed()
  await clock.advance(1_000)
  const node = await client.get(Nodes, '', 'n')
  expect(listed).toBe(1)
  expect(node.status?.images?.map((i) => i.names?.[0])).toEqual(['b:1', 'a:1'])
  expect([...imageNotesOf(node, PRIVATE_IMAGES_ANNOTATION)]).toEqual([['a', ['u1', 'u2']], ['b', ['u3']]])
  expect([...imageNotesOf(node, BROUGHT_IMAGES_ANNOTATION)]).toEqual([['a', ['a:1', 'a:latest']]])
  changed()
  await clock.advance(1_000)
  expect((await client.get(Nodes, '', 'n')).metadata.resourceVersion).toBe(node.metadata.resourceVersion)
  there = [image('b', 2)]
  changed()
  await clock.advance(1_000)
  expect([...imageNotesOf(await client.get(Nodes, '', 'n'), PRIVATE_IMAGES_ANNOTATION)]).toEqual([['b', ['u3']]])
  expect((await client.get(Nodes, '', 'n')).metadata.annotations).toEqual({ [PRIVATE_IMAGES_ANNOTATION]: '{"b":["u3"]}' })
  expect(secretsOfImage((await client.list(Nodes)).items, 'b')).toEqual(['u3'])
  await images.stop()
})
