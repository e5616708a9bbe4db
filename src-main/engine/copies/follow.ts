import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { Cipher } from '../store/cipher.ts'
import type { Key } from '../store/store.ts'
import { helperContainers } from '../network/start-network.ts'
import { framesOf } from './frames.ts'
import type { Frame } from './frames.ts'
import { COPY_FILE } from './read-copy.ts'
import type { StateCopy } from './read-copy.ts'
import { copyKey } from './recovery-key.ts'

/** Who is told of a copy as it grows. One call at a time. */
export interface Follower {
  /** The whole state: at first, and when the copy was begun anew. */
  whole(copy: StateCopy): Promise<void>
  /** What was committed since. */
  added(frame: Frame): Promise<void>
}

// The tail ends when its reader has left: its input ends then.
const TAIL = `tail -c +1 -F ${COPY_FILE} & tail=$!; cat >/dev/null; kill $tail`

/** Follows the copy on a server, touching nothing there. Resolves when the connection or the copy ends; rejects as `readCopy` does. */
export async function followCopy(docker: Docker, clusterId: string, recoveryKey: string, follower: Follower, signal: AbortSignal): Promise<void> {
  const cipher = new Cipher(copyKey(recoveryKey, clusterId))
  const [helper] = await helperContainers(docker, clusterId)
  if (helper === undefined) return
  const exec = await docker.getContainer(helper.Id).exec({ Cmd: ['/bin/sh', '-c', TAIL], AttachStdin: true, AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({ hijack: true, stdin: true })
  const output = new PassThrough()
  docker.modem.demuxStream(stream, output, new PassThrough().resume())
  const leave = (): void => void stream.destroy()
  stream.once('close', () => output.end()).once('end', () => output.end()).on('error', () => output.end())
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    await tellAll(output, cipher, follower)
  } finally {
    signal.removeEventListener('abort', leave)
    leave()
  }
}

async function tellAll(output: AsyncIterable<Buffer>, cipher: Cipher, follower: Follower): Promise<void> {
  let entries = new Map<Key, Readonly<Record<string, unknown>>>()
  for await (const { header, index, frame } of framesOf(output, cipher)) {
    if (index >= header.whole) {
      await follower.added(frame)
      continue
    }
    if (index === 0) entries = new Map()
    for (const [key, value] of frame.changes) if (value !== null) entries.set(key, value)
    if (index === header.whole - 1) await follower.whole({ clusterId: header.clusterId, epoch: header.epoch, revision: frame.revision, entries })
  }
}
