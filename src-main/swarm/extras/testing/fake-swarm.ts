import type Docker from 'dockerode'
import type { ServiceSpec } from '../../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import type { SwarmPicture } from '../picture.ts'

/**
 * A swarm in memory, for what is about order and time: services are written upon a version as Swarm's are, and refused with its words. It makes no tasks by
 * itself. The real thing is in extras.long.itest.ts.
 */
export class FakeSwarm {
  services: SwarmService[] = []
  tasks: SwarmTask[] = []
  nodes: SwarmNode[] = []
  /** Specs that were written, in order. */
  readonly written: ServiceSpec[] = []
  /** The millicores that a container uses; undefined: its node does not answer. */
  cpuOf: (container: string) => number | undefined = () => 0
  /** What somebody else does just before a write arrives. */
  beforeWrite: (() => void) | undefined
  refusal: string | undefined
  statsAsked = 0
  readonly #listeners = new Set<() => void>()
  readonly #used = new Map<string, { nanos: number; at: number }>()
  #index = 100
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** Always up to date; listeners hear of it by `tell`. */
  readonly picture: SwarmPicture = {
    services: () => this.services, tasks: () => this.tasks, nodes: () => this.nodes,
    onChange: (listener) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  /** A picture that shows what there is now until it is refreshed, as one whose news is on its way. */
  view(): SwarmPicture & { refresh(): void } {
    let [services, tasks, nodes] = [this.services, this.tasks, this.nodes]
    const listeners = new Set<() => void>()
    return {
      services: () => services, tasks: () => tasks, nodes: () => nodes,
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      refresh: () => {
        [services, tasks, nodes] = [this.services, this.tasks, this.nodes]
        for (const listener of listeners) listener()
      },
    }
  }

  tell(): void {
    for (const listener of this.#listeners) listener()
  }

  get listeners(): number {
    return this.#listeners.size
  }

  get(name: string): SwarmService {
    const found = this.services.find((s) => s.Spec.Name === name)
    if (found === undefined) throw new Error(`no service ${name}`)
    return found
  }

  /** As a person does it, by any tool. */
  edit(name: string, change: (spec: ServiceSpec) => ServiceSpec): void {
    const service = this.get(name)
    this.services = this.services.map((s) => (s === service ? { ...s, Spec: change(s.Spec), Version: { Index: ++this.#index }, UpdatedAt: new Date(this.#now()).toISOString() } : s))
  }

  /** A manager's Docker, and every node's. */
  readonly docker = {
    getService: (id: string) => ({
      inspect: () => {
        const found = this.services.find((s) => s.ID === id)
        return found === undefined ? Promise.reject(Object.assign(new Error('no such service'), { statusCode: 404 })) : Promise.resolve(structuredClone(found))
      },
      remove: () => {
        if (this.refusal !== undefined) return Promise.reject(Object.assign(new Error(this.refusal), { statusCode: 500 }))
        if (!this.services.some((s) => s.ID === id)) return Promise.reject(Object.assign(new Error('no such service'), { statusCode: 404 }))
        this.services = this.services.filter((s) => s.ID !== id)
        this.tasks = this.tasks.filter((t) => t.ServiceID !== id)
        return Promise.resolve()
      },
      update: ({ _query: { version }, _body }: { _query: { version: number }; _body: ServiceSpec }) => {
        this.beforeWrite?.()
        this.beforeWrite = undefined
        if (this.refusal !== undefined) return Promise.reject(Object.assign(new Error(this.refusal), { statusCode: 500 }))
        const found = this.services.find((s) => s.ID === id)
        if (found?.Version.Index !== version) return Promise.reject(Object.assign(new Error('rpc error: code = Unknown desc = update out of sequence'), { statusCode: 500 }))
        this.edit(found.Spec.Name, () => _body)
        this.written.push(_body)
        return Promise.resolve({})
      },
    }),
    createService: (_auth: unknown, spec: ServiceSpec) => {
      if (this.refusal !== undefined) return Promise.reject(Object.assign(new Error(this.refusal), { statusCode: 500 }))
      if (this.services.some((s) => s.Spec.Name === spec.Name)) return Promise.reject(Object.assign(new Error('rpc error: code = AlreadyExists desc = name conflicts with an existing object'), { statusCode: 409 }))
      const now = new Date(this.#now()).toISOString()
      const index = ++this.#index
      this.services = [...this.services, { ID: `${spec.Name}-id-${String(index)}`, Version: { Index: index }, CreatedAt: now, UpdatedAt: now, Spec: structuredClone(spec) }]
      return Promise.resolve({})
    },
    getContainer: (id: string) => ({
      stats: () => {
        this.statsAsked++
        const milli = this.cpuOf(id)
        if (milli === undefined) return Promise.reject(new Error('no such container'))
        const [now, before] = [this.#now(), this.#used.get(id)]
        const nanos = (before?.nanos ?? 0) + milli * 1000 * (now - (before?.at ?? now))
        this.#used.set(id, { nanos, at: now })
        return Promise.resolve({ read: new Date(now).toISOString(), cpu_stats: { cpu_usage: { total_usage: nanos } }, memory_stats: { usage: 2 ** 20 } })
      },
    }),
  } as unknown as Docker
}
