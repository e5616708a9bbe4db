import type Docker from 'dockerode'
import { ensureHelperImage } from '../../hosts/helper-image.ts'
import type { HelperImage } from '../../hosts/helper-image.ts'

/** Brings the helper's image to servers. Whoever waits may leave: it goes on, and the next one finds it done. */
export class HelperImages {
  readonly image: string
  readonly #options: HelperImage
  readonly #coming = new Map<string, Promise<void>>()

  constructor(options: HelperImage) {
    this.image = options.image
    this.#options = options
  }

  /** Resolves when the server has it; rejects with a sentence, and may be asked again then. */
  ensure(server: string, docker: Docker): Promise<void> {
    let coming = this.#coming.get(server)
    if (coming === undefined) {
      coming = ensureHelperImage(docker, this.#options).finally(() => this.#coming.delete(server))
      // Whoever asked hears of it; perhaps nobody is there any more.
      coming.catch(() => undefined)
      this.#coming.set(server, coming)
    }
    return coming
  }
}
