import type { ConfigMap } from '../../src-main/common/kube/generated/core-v1.ts'
import type { Team } from './team.ts'

const EACH_MS = 200
const NOTES = '/api/v1/namespaces/default/configmaps'

/** Writes one small object after the other through whatever happens, and remembers which writes were acknowledged. */
export class Notes {
  readonly #team: Team
  readonly #acknowledged: string[] = []
  readonly #done: Promise<void>
  #stopped = false
  #refused = 0

  constructor(team: Team) {
    this.#team = team
    this.#done = this.#write()
  }

  get acknowledged(): number {
    return this.#acknowledged.length
  }

  /** Writes that got no acknowledgement: the engine was away. */
  get refused(): number {
    return this.#refused
  }

  /** Ends the writing and resolves with the names of acknowledged writes that are not there. */
  async stop(): Promise<string[]> {
    this.#stopped = true
    await this.#done
    const { items } = await (await this.#team.api()).get<{ items: ConfigMap[] }>(NOTES)
    const there = new Set(items.filter((m) => m.data?.['name'] === m.metadata.name).map((m) => m.metadata.name))
    return this.#acknowledged.filter((name) => !there.has(name))
  }

  async #write(): Promise<void> {
    for (let n = 1; !this.#stopped; n++) {
      const name = `note-${String(n)}`
      try {
        await (await this.#team.api()).create(NOTES, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } })
        this.#acknowledged.push(name)
      } catch {
        this.#refused += 1
      }
      await new Promise((resolve) => setTimeout(resolve, EACH_MS))
    }
  }
}
