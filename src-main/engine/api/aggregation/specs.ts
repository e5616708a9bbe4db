import { type RemoteSpec, readSpec } from '../openapi/remote-spec.ts'
import type { Checked } from './availability.ts'
import type { LinkOptions } from './link.ts'
import { getJson } from './link.ts'
import type { Remote } from './remote.ts'

const SPEC_MS = 30_000

interface Known {
  /** What it was fetched of; '' when it is to be fetched again. */
  readonly of: string
  readonly spec: RemoteSpec | undefined
}

/**
 * What the OpenAPI v2 documents of other servers say, by the names of their APIServices. A document is fetched when its server becomes available, and again when the APIService, what is served, or
 * the hash of the OpenAPI v3 document has changed: not at each look, for it may be megabytes.
 */
export class RemoteSpecs {
  readonly #link: LinkOptions
  readonly #known = new Map<string, Known>()
  #generation = 0

  constructor(link: LinkOptions) {
    this.#link = link
  }

  /** Another number whenever one says something else. */
  get generation(): number {
    return this.#generation
  }

  get(name: string): RemoteSpec | undefined {
    return this.#known.get(name)?.spec
  }

  forget(name: string): void {
    if (this.#known.get(name)?.spec !== undefined) this.#generation++
    this.#known.delete(name)
  }

  /** After a look at a server. What is not available keeps what it said. Throws an Error that says why a document cannot be had; the next look asks again. */
  async learn(remote: Remote, { available, resources, openApi }: Checked): Promise<void> {
    const { name, uid, group, version, service, caBundle, insecure } = remote
    const known = this.#known.get(name)
    if (!available) {
      if (known !== undefined) this.#known.set(name, { ...known, of: '' })
      return
    }
    const of = JSON.stringify([uid, service, caBundle, insecure, resources, openApi])
    if (known?.of === of) return
    const spec = readSpec(await getJson(remote, '/openapi/v2', this.#link, SPEC_MS), group, version)
    this.#known.set(name, { of, spec })
    if (spec !== undefined || known?.spec !== undefined) this.#generation++
  }
}
