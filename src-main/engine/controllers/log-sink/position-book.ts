import { hasReason } from '../../../common/errors.ts'
import { LogPositions, LogSinks } from '../../../common/kube/log-sink.ts'
import type { LinePosition, LogPosition, LogSink } from '../../../common/kube/log-sink.ts'
import type { Draft } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import type { Client } from '../../client/client.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { LogEntry } from './entry.ts'
import { advanced } from './position.ts'

/** On each position, the UID of its sink. */
const SINK = 'toque.dev/log-sink'

/** How far one sink has acknowledged the lines of each pod, kept in the store so that the next engine, on whichever machine, goes on there. */
export class PositionBook {
  readonly #client: Client
  readonly #sink: Readonly<LogSink>
  readonly #pods = new Map<string, Record<string, LinePosition>>()
  /** Those of which there is an object. */
  readonly #stored = new Set<string>()

  private constructor(client: Client, sink: Readonly<LogSink>) {
    this.#client = client
    this.#sink = sink
  }

  /** Reads what is kept. */
  static async open(client: Client, sink: Readonly<LogSink>): Promise<PositionBook> {
    const book = new PositionBook(client, sink)
    const prefix = `${sink.metadata.uid}.`
    for (const { metadata: { name }, containers } of (await client.list(LogPositions, { labelSelector: `${SINK}=${sink.metadata.uid}` })).items) {
      if (!name.startsWith(prefix)) continue
      const uid = name.slice(prefix.length)
      book.#pods.set(uid, { ...containers })
      book.#stored.add(uid)
    }
    return book
  }

  /** The UIDs of the pods that something is kept of. */
  get pods(): readonly string[] {
    return [...this.#pods.keys()]
  }

  get(podUid: string, container: string): LinePosition | undefined {
    return this.#pods.get(podUid)?.[container]
  }

  /** These lines are acknowledged. Resolves when that would survive a power cut. */
  async acknowledge(entries: readonly LogEntry[]): Promise<void> {
    const changed = new Set<string>()
    for (const entry of entries) {
      const { podUid, container } = entry.source
      const containers = this.#pods.get(podUid) ?? {}
      containers[container] = advanced(containers[container], entry)
      this.#pods.set(podUid, containers)
      changed.add(podUid)
    }
    await this.#write([...changed])
  }

  /** Nothing more comes of the pod. */
  async forget(podUid: string): Promise<void> {
    this.#pods.delete(podUid)
    if (this.#stored.delete(podUid)) await deleteIfThere(this.#client, LogPositions, { metadata: { name: this.#name(podUid) } })
  }

  /** All at once: they meet in one transaction of the store. */
  async #write(uids: readonly string[]): Promise<void> {
    await Promise.all(uids.map(async (uid) => {
      const containers = this.#pods.get(uid) ?? {}
      if (this.#stored.has(uid)) {
        try {
          await this.#client.patch(LogPositions, '', this.#name(uid), 'application/merge-patch+json', { containers })
          return
        } catch (error) {
          if (!hasReason(error, 'NotFound')) throw error
        }
      }
      await this.#client.create(LogPositions, this.#draft(uid, containers)).catch((error: unknown) => {
        if (!hasReason(error, 'AlreadyExists')) throw error
      })
      this.#stored.add(uid)
    }))
  }

  #draft(uid: string, containers: Record<string, LinePosition>): Draft<LogPosition> {
    const metadata = { name: this.#name(uid), labels: { [SINK]: this.#sink.metadata.uid }, ownerReferences: [{ ...controllerReference(LogSinks, this.#sink), blockOwnerDeletion: false }] }
    return { apiVersion: 'toque.dev/v1', kind: 'LogPosition', metadata, containers }
  }

  #name(podUid: string): string {
    return `${this.#sink.metadata.uid}.${podUid}`
  }
}
