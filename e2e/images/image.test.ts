import { expect, test } from 'vitest'
import { makeImage, makeLayer, type ImageFile } from './image.ts'

const files: ImageFile[] = [
  { path: '/usr/bin/tool', content: 'x', mode: 0o755 },
  { path: '/bin/sh', linkTo: '/usr/bin/tool' },
  { path: '/etc/conf', content: 'first' },
  { path: '/etc/conf', content: 'second' },
]

test('a layer is the same whatever the order of its files', async () => {
  const [a, b] = [await makeLayer(files), await makeLayer([files[1]!, files[2]!, files[3]!, files[0]!])]
  expect(a.digest).toBe(b.digest)
  expect(a.blob.equals(b.blob)).toBe(true)
})

test('of two files with one path the last counts', async () => {
  const last = await makeLayer(files.filter((file) => file.content !== 'first'))
  expect((await makeLayer(files)).diffId).toBe(last.diffId)
})

test('an image on a base has its layers and settings, and its own over them', async () => {
  const below = makeImage(['base:1'], [await makeLayer(files)], { Cmd: ['sh'], StopSignal: 'SIGQUIT' })
  const above = makeImage(['app:1'], [await makeLayer([{ path: '/a', content: 'a' }])], { Cmd: ['tool'] }, below)
  const { config, rootfs } = JSON.parse(above.config.toString()) as { config: unknown; rootfs: { diff_ids: string[] } }
  expect(config).toMatchObject({ Cmd: ['tool'], StopSignal: 'SIGQUIT' })
  expect(rootfs.diff_ids).toEqual(above.layers.map((layer) => layer.diffId))
  expect(above.layers[0]?.digest).toBe(below.layers[0]?.digest)
})
