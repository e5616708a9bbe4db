import type { Clock, Timer } from '../../../common/clock.ts'
import type { ContainerImage } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { BROUGHT_IMAGES_ANNOTATION, imageNotesOf, PRIVATE_IMAGES_ANNOTATION } from '../../../common/kube/image-notes.ts'
import type { ImageNotesAnnotation } from '../../../common/kube/image-notes.ts'
import type { Client } from '../../client/client.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ImageStore, NodeImage } from '../container-runtime.ts'
import type { ImageNotes } from '../pod/node-context.ts'

/** Upstream's limits of a node's status. */
const MAX_IMAGES = 50
const MAX_NAMES = 5
/** A pull or a build changes many names in a row. */
const SETTLE_MS = 1_000

export interface NodeImagesOptions {
  client: Client
  clock: Clock
  /** The Node object's name. */
  name: string
  images: ImageStore
  /** What went wrong and comes right at the next change. */
  onError(error: unknown): void
}

/** Keeps what a Node says of its images: their names and sizes in the status, and in annotations which are private and which this cluster brought. */
export class NodeImages implements ImageNotes {
  readonly #o: NodeImagesOptions
  readonly #abort = new AbortController()
  readonly #following: Promise<void>
  #work: Promise<void> = Promise.resolve()
  #settling: Timer | undefined

  /** The Node is there already. */
  constructor(options: NodeImagesOptions) {
    this.#o = options
    this.#following = options.images.follow(() => this.#changed(), this.#abort.signal)
    this.#following.catch(options.onError)
  }

  isPrivate(imageId: string, secrets: readonly string[]): Promise<void> {
    return this.#note(PRIVATE_IMAGES_ANNOTATION, (known) => add(known, imageId, secrets))
  }

  brought(imageId: string, names: readonly string[], isNew: boolean): Promise<void> {
    return this.#note(BROUGHT_IMAGES_ANNOTATION, (known) => { if (isNew || known.has(imageId)) add(known, imageId, names) })
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the node agent stops'))
    this.#settling?.cancel()
    await Promise.all([this.#following, this.#work])
  }

  #changed(): void {
    this.#settling ??= this.#o.clock.setTimeout(() => {
      this.#settling = undefined
      this.#work = this.#work.then(() => this.#refresh()).catch((error: unknown) => { if (!this.#abort.signal.aborted) this.#o.onError(error) })
    }, SETTLE_MS)
  }

  async #refresh(): Promise<void> {
    const { client, name } = this.#o
    const images = await this.#o.images.list()
    const shown = nodeImages(images)
    await changeStatus(client, Nodes, { namespace: '', name }, (node) => {
      if (JSON.stringify(node.status?.images ?? []) === JSON.stringify(shown)) return false
      node.status = { ...node.status, images: shown }
      return true
    })
    const there = new Set(images.map((image) => image.id))
    for (const annotation of [PRIVATE_IMAGES_ANNOTATION, BROUGHT_IMAGES_ANNOTATION] as const) {
      await this.#write(annotation, (known) => [...known.keys()].filter((id) => !there.has(id)).forEach((id) => known.delete(id)))
    }
  }

  /** One after another: each writes what it read, and a little more. */
  #note(annotation: ImageNotesAnnotation, change: (known: Map<string, readonly string[]>) => unknown): Promise<void> {
    const noted = this.#work.then(() => this.#write(annotation, change))
    this.#work = noted.catch(() => undefined)
    return noted
  }

  async #write(annotation: ImageNotesAnnotation, change: (known: Map<string, readonly string[]>) => unknown): Promise<void> {
    const { client, name } = this.#o
    const known = new Map(imageNotesOf(await client.get(Nodes, '', name), annotation))
    const before = JSON.stringify([...known])
    change(known)
    if (JSON.stringify([...known]) === before) return
    const text = known.size === 0 ? null : JSON.stringify(Object.fromEntries(known))
    await client.patch(Nodes, '', name, 'application/merge-patch+json', { metadata: { annotations: { [annotation]: text } } })
  }
}

function add(known: Map<string, readonly string[]>, imageId: string, more: readonly string[]): void {
  known.set(imageId, [...new Set([...known.get(imageId) ?? [], ...more])])
}

/** A node's images as its status shows them: the largest ones, as upstream does. Pure. */
export function nodeImages(images: readonly NodeImage[]): ContainerImage[] {
  const named = images.map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags].filter((name) => !name.includes('<none>')).slice(0, MAX_NAMES), sizeBytes }))
  return named.filter(({ names }) => names.length > 0).sort((a, b) => b.sizeBytes - a.sizeBytes || (a.names[0] ?? '').localeCompare(b.names[0] ?? '')).slice(0, MAX_IMAGES)
}
