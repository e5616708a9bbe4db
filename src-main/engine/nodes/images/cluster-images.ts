import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { PullError } from '../../runtime/container-runtime.ts'
import type { ImageSupply, Supplied, SupplyRequest } from '../../runtime/pod/image-supply.ts'
import { copyImage } from './image-copy.ts'
import type { ImagePlace, PlacedImage } from './image-place.ts'
import { isNamed, mayServe } from './may-serve.ts'
import { Turns } from './turns.ts'

export interface ClusterImagesOptions {
  clock: Clock
  /** The desk's own Docker, where people build; undefined: it has none. */
  desk: ImagePlace | undefined
  /** UIDs of the secrets by which an image is known to have come into the cluster. */
  secretsOf(imageId: string): readonly string[]
}

interface Member {
  place: ImagePlace
  /** Is it the desk's own Docker? */
  local: boolean
}

interface Candidate {
  place: ImagePlace
  image: PlacedImage
  local: boolean
}

type Choice = Supplied & { by: 'own' | 'nobody' | 'foreign' | 'withheld' } | { by: 'copy' } & Candidate

/** How long a server may take to say whether it has an image. */
const PATIENCE_MS = 5_000

/** Where every image of the cluster is, and who copies which from whom: one copy at a time to a node, and one at a time from one. */
export class ClusterImages {
  readonly #o: ClusterImagesOptions
  readonly #nodes = new Map<string, Member>()
  readonly #turns = new Turns()

  constructor(options: ClusterImagesOptions) {
    this.#o = options
  }

  /** A node whose images others may have. `local`: its Docker is the desk's. Returns what ends it. */
  addNode(name: string, place: ImagePlace, local: boolean): () => void {
    const member = { place, local }
    this.#nodes.set(name, member)
    return () => { if (this.#nodes.get(name) === member) this.#nodes.delete(name) }
  }

  /** What supplies one node. */
  for(node: string): ImageSupply {
    return { supply: (request) => this.#supply(node, request) }
  }

  async #supply(node: string, request: SupplyRequest): Promise<Supplied> {
    const target = this.#nodes.get(node)
    if (target === undefined) return { by: 'nobody' }
    const { signal } = request
    const first = await this.#choose(node, target.place, request)
    if (first.by !== 'copy') return first
    const onWait = (): void => request.onProgress({ from: undefined, doneBytes: 0, totalBytes: 0 })
    return this.#turns.run(`to ${node}`, signal, onWait, async () => {
      // Whoever came before may have brought it.
      const choice = await this.#choose(node, target.place, request)
      if (choice.by !== 'copy') return choice
      return this.#turns.run(`from ${choice.place.name}`, signal, onWait, () => this.#copy(choice, target.place, request))
    })
  }

  async #copy({ place: from, image }: Candidate, to: ImagePlace, { reference, onProgress, signal }: SupplyRequest): Promise<Supplied> {
    const copy = { by: 'copy' as const, imageId: image.id, from: from.name, secrets: this.#o.secretsOf(image.id) }
    try {
      const there = await to.find(image.id, signal)
      const copied = there !== undefined ? { sentBytes: 0, sparedBytes: there.sizeBytes } : await copyImage(image, from, to, (progress) => onProgress({ from: from.name, ...progress }), signal)
      // The name comes last: nobody finds half an image. Docker keeps no digest of what was not pulled, so that an image asked for by one goes by its ID.
      if (!reference.includes('@')) await to.tag(image.id, reference)
      return { ...copy, ...copied }
    } catch (error) {
      signal.throwIfAborted()
      throw new PullError('other', `Image "${reference}" could not be copied from ${from.name}: ${messageOf(error)}`)
    }
  }

  async #choose(node: string, target: ImagePlace, request: SupplyRequest): Promise<Choice> {
    const { own, reference, signal } = request
    const all = await this.#find(node, reference, signal)
    const wanted = all.length === 0 ? '' : await target.architecture(signal)
    const found = all.filter(({ image }) => image.architecture === wanted)
    const may = (image: { id: string; digests: readonly string[] }): boolean => mayServe(request, image, this.#o.secretsOf(image.id))
    // What was built last on the desk is what its user means.
    const [best] = found.filter(({ image }) => may(image)).sort((a, b) => Number(b.local) - Number(a.local) || b.image.createdAt - a.image.createdAt || (a.place.name < b.place.name ? -1 : 1))
    if (own !== undefined && may(own) && (best?.local !== true || best.image.id === own.id)) return { by: 'own', image: own }
    if (best !== undefined) return { by: 'copy', ...best }
    if (own !== undefined || found.length > 0) return { by: 'withheld' }
    const [foreign] = all
    return foreign === undefined ? { by: 'nobody' } : { by: 'foreign', architecture: foreign.image.architecture, wanted }
  }

  /** Who else has it, of those who answer. */
  async #find(node: string, reference: string, signal: AbortSignal): Promise<Candidate[]> {
    const { clock, desk } = this.#o
    const others: Member[] = [...this.#nodes].filter(([name]) => name !== node).map(([, member]) => member)
    if (desk !== undefined && ![...this.#nodes.values()].some(({ local }) => local)) others.push({ place: desk, local: true })
    const late = new AbortController()
    const timer = clock.setTimeout(() => late.abort(new Error('it did not answer in time')), PATIENCE_MS)
    const found = await Promise.all(others.map(async ({ place, local }) => {
      const image = await place.find(reference, AbortSignal.any([signal, late.signal])).catch(() => undefined)
      // By an ID alone nobody gets at what others have.
      return image === undefined || !isNamed(image, reference) ? [] : [{ place, image, local }]
    }))
    timer.cancel()
    signal.throwIfAborted()
    return found.flat()
  }
}
