import { BROUGHT_IMAGES_ANNOTATION, imageNotesOf } from '../../../common/kube/image-notes.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ImageStore } from '../../runtime/container-runtime.ts'
import { chooseImages } from './choose-images.ts'

export interface ImageCleanerOptions {
  /** The node's name. */
  name: string
  images: Pick<ImageStore, 'list' | 'remove'>
  recorder: EventRecorder
  /** The node as the caches have it. */
  node(): Frozen<Node> | undefined
  /** Of the whole cluster. */
  pods(): readonly Frozen<Pod>[]
}

/** Removes images from one node whose disk fills. One at a time, whoever asks. */
export class ImageCleaner {
  readonly #o: ImageCleanerOptions
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: ImageCleanerOptions) {
    this.#o = options
  }

  /** Removes one image after another (see `chooseImages`) until `enough` says so or none may go. True when at least one went. Rejects when Docker does not answer. */
  makeRoom(enough: () => Promise<boolean>): Promise<boolean> {
    const made = this.#work.then(() => this.#makeRoom(enough))
    this.#work = made.catch(() => undefined)
    return made
  }

  async #makeRoom(enough: () => Promise<boolean>): Promise<boolean> {
    const { name, images, recorder } = this.#o
    const node = this.#o.node()
    if (node === undefined) return false
    const removed: string[] = []
    for (const image of chooseImages({ node: name, images: await images.list(), brought: imageNotesOf(node, BROUGHT_IMAGES_ANNOTATION), pods: this.#o.pods() })) {
      // Refused: a container uses it, of this cluster or not.
      if (!(await images.remove(image.id).then(() => true, () => false))) continue
      removed.push(image.tags[0] ?? image.digests[0] ?? image.id.slice(0, 19))
      if (await enough()) break
    }
    if (removed.length > 0) recorder.event(node, 'Normal', 'ImagesRemoved', `The disk of server ${name} was filling: removed ${String(removed.length)} ${removed.length === 1 ? 'image' : 'images'} that nothing there used (${shown(removed)}). What is needed again is pulled again.`)
    return removed.length > 0
  }
}

const SHOWN = 5

function shown(names: readonly string[]): string {
  return names.length <= SHOWN ? names.join(', ') : `${names.slice(0, SHOWN).join(', ')} and ${String(names.length - SHOWN)} more`
}
