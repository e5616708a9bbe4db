import { createHash } from 'node:crypto'

/**
 * Tells which layer a file of an image archive is, before its bytes come. Docker 25 and newer name it by its digest (`blobs/sha256/DIGEST`). Older ones
 * put it beside a small `json`, in a folder whose name is the digest of that JSON with the layer's chain ID in it, so that it can be found by trying.
 */
export class LayerFiles {
  readonly #layers: readonly string[]
  readonly #chains: readonly string[]
  /** Layer by folder. */
  readonly #folders = new Map<string, number>()

  /** `layers`: the image's diff IDs, the lowest first. */
  constructor(layers: readonly string[]) {
    this.#layers = layers
    this.#chains = chainIds(layers)
  }

  /** Is this file to be handed to `read` before the next one? */
  isDescription(path: string): boolean {
    return /^[0-9a-f]{64}\/json$/.test(path)
  }

  /** Takes a description in. */
  read(path: string, content: string): void {
    const [folder = ''] = path.split('/')
    const layer = this.#chains.findIndex((chain) => isV1Id(folder, content, chain))
    if (layer !== -1) this.#folders.set(folder, layer)
  }

  /** The diff ID of the layer that this file holds; undefined: another file, or not known. */
  layerOf(path: string): string | undefined {
    const blob = /^blobs\/(sha256)\/([0-9a-f]{64})$/.exec(path)
    if (blob !== null) return this.#layers.find((layer) => layer === `${blob[1] ?? ''}:${blob[2] ?? ''}`)
    const [folder = '', file] = path.split('/')
    return file === 'layer.tar' ? this.#layers[this.#folders.get(folder) ?? -1] : undefined
  }
}

/** Docker's name for a layer on top of those below it. Pure. */
export function chainIds(layers: readonly string[]): string[] {
  const chains: string[] = []
  for (const layer of layers) {
    const below = chains.at(-1)
    chains.push(below === undefined ? layer : `sha256:${sha256(`${below} ${layer}`)}`)
  }
  return chains
}

/** Does Docker call the folder of this description so, if it is the layer of this chain ID? Pure. */
export function isV1Id(folder: string, description: string, chainId: string): boolean {
  try {
    const { id: _id, parent, os, ...rest } = JSON.parse(description) as Record<string, unknown>
    const named: Record<string, unknown> = { ...rest, layer_id: chainId, ...(typeof parent === 'string' ? { parent: `sha256:${parent}` } : {}) }
    // In the description of all but the highest layer the system is written after the name was made.
    return [named, { ...named, os }].some((all: Record<string, unknown>) => sha256(goJson(Object.fromEntries(Object.keys(all).sort().map((key) => [key, all[key]])))) === folder)
  } catch {
    return false
  }
}

/** As Go writes it: what could be HTML is escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
