import type { Clock, Timer } from '../../../common/clock.ts'
import type { ContainerImage } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { PRIVATE_IMAGES_ANNOTATION, privateImagesOf } from '../../../common/kube/private-images.ts'
import type { Client } from '../../client/client.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ImageStore, NodeImage } from '../container-runtime.ts'
import type { PrivateImages } from '../pod/node-context.ts'

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

/** Keeps what a Node says of its images: their names and sizes in the status, and which are private in an annotation. */
export class NodeImages implements PrivateImages {
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

  note(imageId: string, secrets: readonly string[]): Promise<void> {
    const noted = this.#work.then(() => this.#write((known) => known.set(imageId, [...new Set([...known.get(imageId) ?? [], ...secrets])])))
    this.#work = noted.catch(() => undefined)
    return noted
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
    await this.#write((known) => [...known.keys()].filter((id) => !there.has(id)).forEach((id) => known.delete(id)))
  }

  async #write(change: (known: Map<string, readonly string[]>) => unknown): Promise<void> {
    const { client, name } = this.#o
    const known = new Map(privateImagesOf(await client.get(Nodes, '', name)))
    const before = JSON.stringify([...known])
    change(known)
    if (JSON.stringify([...known]) === before) return
    const text = known.size === 0 ? null : JSON.stringify(Object.fromEntries(known))
    await client.patch(Nodes, '', name, 'application/merge-patch+json', { metadata: { annotations: { [PRIVATE_IMAGES_ANNOTATION]: text } } })
  }
}

/** A node's images as its status shows them: the largest ones, as upstream does. Pure. */
export function nodeImages(images: readonly NodeImage[]): ContainerImage[] {
  const named = images.map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags].filter((name) => !name.includes('<none>')).slice(0, MAX_NAMES), sizeBytes }))
  return named.filter(({ names }) => names.length > 0).sort((a, b) => b.sizeBytes - a.sizeBytes || (a.names[0] ?? '').localeCompare(b.names[0] ?? '')).slice(0, MAX_IMAGES)
}
