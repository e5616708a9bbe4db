import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { pack } from 'tar-stream'
import { expect, test } from 'vitest'
import { lookAt } from './look.ts'

const NOW = Date.UTC(2026, 0, 1)

async function folder(files: Record<string, string>): Promise<Buffer> {
  const tar = pack()
  for (const [name, text] of Object.entries(files)) tar.entry({ name: `drive/${name}`, mtime: new Date(NOW - 4_000) }, text)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A Docker whose helper's folder is read as these, one after the other. */
function docker(archives: (Buffer | Error)[], helper = true): Docker {
  const getArchive = (): Promise<Readable> => {
    const next = archives.shift() ?? new Error('asked too often')
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(Readable.from([next]))
  }
  return {
    listContainers: () => Promise.resolve(helper ? [{ Id: 'h' }] : []), info: () => Promise.resolve({ SystemTime: new Date(NOW).toISOString() }), getContainer: () => ({ getArchive }),
  } as unknown as Docker
}

test('who drives, when it was last seen by the node itself, and what the node has a copy of', async () => {
  const whole = await folder({ lease: '3 abc mina@laptop\n', seen: '\n', copied: '3 812\n', freed: '2 def jun@desk\n' })
  expect(await lookAt(docker([whole]), 'c')).toEqual({ term: { epoch: 3, holder: 'abc', name: 'mina@laptop' }, seenAgoMs: 4_000, copy: { epoch: 3, revision: 812 } })
  expect(await lookAt(docker([await folder({ lease: '3 abc mina@laptop\n' })]), 'c')).toEqual({ term: { epoch: 3, holder: 'abc', name: 'mina@laptop' } })
})

test('no helper: nobody ever drove it; one that keeps nothing yet: nobody drives', async () => {
  expect(await lookAt(docker([], false), 'c')).toBeUndefined()
  expect(await lookAt(docker([Object.assign(new Error('no such file'), { statusCode: 404 })]), 'c')).toEqual({})
})

test('an archive that breaks off, because a file was replaced meanwhile, is read again; not for ever', async () => {
  const whole = await folder({ lease: '3 abc mina@laptop\n', copied: '3 812\n' })
  const broken = whole.subarray(0, 700)
  expect(await lookAt(docker([broken, broken, whole]), 'c')).toMatchObject({ copy: { revision: 812 } })
  await expect(lookAt(docker([broken, broken, broken, whole]), 'c')).rejects.toThrow()
  await expect(lookAt(docker([Object.assign(new Error('Docker is ill'), { statusCode: 500 }), whole]), 'c')).rejects.toThrow('Docker is ill')
})
