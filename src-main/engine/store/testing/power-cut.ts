import type { Step } from './trace.ts'

const SECTOR = 512

/** What a disk may hold after a power cut. */
export interface DiskImage {
  readonly data: Buffer
  /** Is it there under its final name? */
  readonly named: boolean
  /** The last revision acknowledged before the cut. */
  readonly acknowledged: number
}

interface Pending {
  readonly offset: number
  readonly data: Buffer
  written: boolean
}

/**
 * The disk's content when the power goes after the first `count` steps: everything that was synced by then, and of the rest each
 * 512-byte sector or not, as `chance` says: with nothing but syncs to order writes, a disk may do that.
 */
export function cutPower(steps: readonly Step[], count: number, chance: () => boolean): DiskImage {
  let durable = Buffer.alloc(0)
  const pending = new Map<number, Pending>()
  const covered = new Map<number, number[]>()
  let [renamed, named, acknowledged] = [false, false, 0]
  const persist = (id: number): void => {
    const write = pending.get(id)
    if (write !== undefined) durable = overwrite(durable, write.offset, write.data)
    pending.delete(id)
  }
  for (const step of steps.slice(0, count)) {
    if (step.type === 'write') pending.set(step.id, { offset: step.offset, data: step.data, written: false })
    else if (step.type === 'written') {
      const write = pending.get(step.id)
      if (write !== undefined) write.written = true
      if (step.durable) persist(step.id)
    } else if (step.type === 'sync') covered.set(step.id, [...pending].filter(([, write]) => write.written).map(([id]) => id))
    else if (step.type === 'synced') for (const id of covered.get(step.id) ?? []) persist(id)
    else if (step.type === 'renamed') renamed = true
    else if (step.type === 'directorySynced') named = renamed
    else acknowledged = Math.max(acknowledged, step.revision)
  }
  for (const { offset, data } of pending.values()) {
    for (let at = 0; at < data.length; ) {
      const stop = Math.min(data.length, at + SECTOR - ((offset + at) % SECTOR))
      if (chance()) durable = overwrite(durable, offset + at, data.subarray(at, stop))
      at = stop
    }
  }
  return { data: durable, named: named || (renamed && chance()), acknowledged }
}

function overwrite(file: Buffer<ArrayBuffer>, offset: number, data: Buffer): Buffer<ArrayBuffer> {
  const grown = file.length < offset + data.length ? Buffer.concat([file, Buffer.alloc(offset + data.length - file.length)]) : file
  data.copy(grown, offset)
  return grown
}
