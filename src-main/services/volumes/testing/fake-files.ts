import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { digestOf, digestTap } from '../../../engine/nodes/volumes/content-digest.ts'
import type { VolumeFiles } from '../../../engine/nodes/volumes/docker-volumes.ts'
import type { HeldCopy } from '../../../engine/nodes/volumes/held-copy.ts'

/** Volumes of a server that keep their archive as it came. */
export class FakeFiles implements VolumeFiles {
  readonly volumes = new Map<string, { owner: string; bytes: Buffer; labels?: Readonly<Record<string, string>> }>()
  /** What becomes of bytes on their way to the disk. */
  spoil: (bytes: Buffer) => Buffer = (bytes) => bytes
  failWrite: Error | undefined
  onWrite: () => Promise<void> = () => Promise.resolve()

  owner(name: string): Promise<string | undefined> {
    return Promise.resolve(this.volumes.get(name)?.owner)
  }
  create(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    this.volumes.set(name, { owner: labels['toque.dev/pv-uid'] ?? '', bytes: Buffer.alloc(1024), labels })
    return Promise.resolve()
  }
  remove(name: string): Promise<void> {
    this.volumes.delete(name)
    return Promise.resolve()
  }
  size(name: string): Promise<number | undefined> {
    return Promise.resolve(this.volumes.get(name)?.bytes.length)
  }
  labels(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return Promise.resolve(this.volumes.get(name)?.labels)
  }
  /** What is held still, while it is copied. */
  copies: HeldCopy[] = []
  copy: VolumeFiles['copy'] = (what) => {
    this.copies.push(what)
    const to = this.volumes.get(what.to)
    if (to === undefined) return Promise.reject(new Error('no volume'))
    this.volumes.set(what.to, { ...to, bytes: this.#bytes(what.from) })
    return Promise.resolve()
  }
  read: VolumeFiles['read'] = async (name, take, onBytes, signal) => {
    const { tap, content } = digestTap(onBytes)
    await Promise.all([pipeline(Readable.from([this.#bytes(name)]), tap, { signal }), take(tap, signal)])
    return content
  }
  write: VolumeFiles['write'] = async (name, archive, signal) => {
    if (this.failWrite !== undefined) {
      archive.resume()
      throw this.failWrite
    }
    const chunks: Buffer[] = []
    for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk)
    await this.onWrite()
    signal.throwIfAborted()
    this.volumes.set(name, { owner: this.volumes.get(name)?.owner ?? '', bytes: this.spoil(Buffer.concat(chunks)) })
  }
  check: VolumeFiles['check'] = (name, onBytes, signal) => digestOf(Readable.from([this.#bytes(name)]), signal, onBytes)

  #bytes(name: string): Buffer {
    const found = this.volumes.get(name)
    if (found === undefined) throw new Error(`no volume ${name}`)
    return found.bytes
  }
}
