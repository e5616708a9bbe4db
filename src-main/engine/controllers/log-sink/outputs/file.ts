import { mkdir, open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../../common/errors.ts'
import type { FileSink } from '../../../../common/kube/log-sink.ts'
import { DeliveryError } from '../../outbound/explain.ts'
import type { LogEntry, LogOutput } from '../entry.ts'

const MAX_BYTES = 10 << 20
const MAX_FILES = 5
/** How far back the last whole line is looked for after a crash. */
const TAIL_BYTES = 1 << 20
const NEWLINE = 10

/** Appends entries as lines of JSON to a file of this machine, synced before they count; a long file is put aside. */
export class FileOutput implements LogOutput {
  readonly #directory: string
  readonly #path: string
  readonly #maxBytes: number
  readonly #maxFiles: number
  #file: FileHandle | undefined
  #bytes = 0

  /** `name`: of the sink, and of its file. */
  constructor(name: string, { directory, maxBytes = MAX_BYTES, maxFiles = MAX_FILES }: FileSink) {
    this.#directory = directory
    this.#path = join(directory, `${name}.log`)
    this.#maxBytes = maxBytes
    this.#maxFiles = maxFiles
  }

  async send(entries: readonly LogEntry[]): Promise<{ dropped: number }> {
    const text = Buffer.from(entries.map(lineOf).join(''))
    try {
      this.#file ??= await this.#open()
      if (this.#bytes > 0 && this.#bytes + text.length > this.#maxBytes) await this.#rotate()
      await this.#file.appendFile(text)
      await this.#file.datasync()
      this.#bytes += text.length
      return { dropped: 0 }
    } catch (error) {
      // Half of it may be there: opened anew, it ends with a whole line.
      await this.close()
      throw explained(error, this.#path)
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => undefined)
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const file = await open(this.#path, 'a+', 0o600)
    try {
      const { size } = await file.stat()
      this.#bytes = await wholeLines(file, size)
      if (this.#bytes < size) await file.truncate(this.#bytes)
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async #rotate(): Promise<void> {
    await this.close()
    await rm(`${this.#path}.${String(this.#maxFiles - 1)}`, { force: true })
    for (let i = this.#maxFiles - 2; i >= 1; i--) await rename(`${this.#path}.${String(i)}`, `${this.#path}.${String(i + 1)}`).catch(ifThere)
    if (this.#maxFiles > 1) await rename(this.#path, `${this.#path}.1`).catch(ifThere)
    else await rm(this.#path, { force: true })
    this.#file = await this.#open()
  }
}

function lineOf({ source: { namespace, pod, container, node }, time, text }: LogEntry): string {
  return `${JSON.stringify({ time, namespace, pod, container, node, log: text })}\n`
}

/** How long the file is up to its last whole line. */
async function wholeLines(file: FileHandle, size: number): Promise<number> {
  const from = Math.max(0, size - TAIL_BYTES)
  const tail = Buffer.alloc(size - from)
  const { bytesRead } = await file.read(tail, 0, tail.length, from)
  return size === 0 ? 0 : from + tail.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1
}

function ifThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}

function explained(error: unknown, path: string): DeliveryError {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new DeliveryError('DiskFull', `the disk that holds ${path} is full: make room there, and it goes on by itself`)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new DeliveryError('NotAllowed', `the engine may not write ${path}: choose another directory, or give it the right to`)
  if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR') return new DeliveryError('NotAllowed', `${path} cannot be made: something else of that name is in the way`)
  return new DeliveryError('Failed', `${path} could not be written: ${messageOf(error)}`)
}
