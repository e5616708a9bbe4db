import { expect } from 'vitest'
import type { KubeObject } from '../../../src-main/common/kube/object.ts'
import { eventually } from '../../harness/containers.ts'
import type { Framework } from '../framework/conformance.ts'

/** Steps of an object's life that upstream's tests of many kinds have in common. `path`: of the kind's list. */
export class Lifecycle<T extends KubeObject> {
  readonly #f: Framework
  readonly #path: string

  constructor(f: Framework, path: string) {
    this.#f = f
    this.#path = path
  }

  /** Made, and read again under the name it got; removed when the test ends. */
  async create(body: object): Promise<T> {
    const made = await this.#f.client.create<T>(this.#path, body)
    this.#f.after(() => this.#f.client.delete(this.one(made)))
    const read = await this.#f.client.get<T>(this.one(made))
    expect(read.metadata).toMatchObject({ name: made.metadata.name, uid: made.metadata.uid })
    return made
  }

  one({ metadata: { name } }: T): string {
    return `${this.#path}/${name}`
  }

  /** Gets a label by a patch. */
  async patchLabel(object: T, key: string, value: string, type: 'strategic' | 'merge' = 'strategic'): Promise<T> {
    const patched = await this.#f.client.patch<T>(this.one(object), type, { metadata: { labels: { [key]: value } } })
    expect(patched.metadata.labels).toMatchObject({ [key]: value })
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(object.metadata.resourceVersion))
    return patched
  }

  /** Gets a label by an update of what is there. */
  async updateLabel(object: T, key: string, value: string): Promise<T> {
    const updated = await this.update(object, (now) => ({ ...now, metadata: { ...now.metadata, labels: { ...now.metadata.labels, [key]: value } } }))
    expect(updated.metadata.labels).toMatchObject({ [key]: value })
    return updated
  }

  /** Replaces what is there by what `change` makes of it; again when somebody else was quicker. `subresource`: `/status`. */
  async update(object: T, change: (now: T) => object, subresource = ''): Promise<T> {
    return eventually(`${this.one(object)} updated`, async () => {
      const now = await this.#f.client.get<T>(this.one(object))
      const { code, body } = await this.#f.client.ask<T & { message?: string }>('PUT', this.one(object) + subresource, { body: change(now) })
      if (code !== 200 && code !== 409) expect.fail(body.message)
      return code === 200 ? body : undefined
    }, 10_000)
  }

  async listed(labelSelector: string): Promise<T[]> {
    return (await this.#f.client.get<{ items: T[] }>(this.#path, { labelSelector })).items
  }

  /** Deleted, and no more in a list by a label of its own. */
  async delete(object: T, labelSelector: string): Promise<void> {
    await this.#f.client.delete(this.one(object))
    await this.gone(labelSelector)
  }

  async deleteCollection(labelSelector: string): Promise<void> {
    await this.#f.client.delete(this.#path, undefined, { labelSelector })
    await this.gone(labelSelector)
  }

  async gone(labelSelector: string): Promise<void> {
    await eventually(`nothing at ${this.#path} with ${labelSelector}`, async () => (await this.listed(labelSelector)).length === 0, 30_000)
  }
}
