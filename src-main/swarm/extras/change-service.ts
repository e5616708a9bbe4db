import type Docker from 'dockerode'
import { dockerStatus } from '../../hosts/docker-error.ts'
import type { ServiceSpec } from '../docker/specs.ts'
import type { SwarmService } from '../docker/types.ts'
import type { RegistryAuth } from '../docker/types.ts'
import { isOutOfSequence } from '../docker/status-error.ts'

const TRIES = 5

/** Writes services of a swarm, never over somebody else's change. */
export class ServiceWriter {
  readonly #manager: () => Docker
  /** The version that each was written upon: until the picture is past it, it shows a service as it was. */
  readonly #basis = new Map<string, number>()

  /** `manager`: the Docker of a manager of the swarm; it may be another one each time. */
  constructor(manager: () => Docker) {
    this.#manager = manager
  }

  /**
   * Writes what `change` makes of a fresh read; again when somebody else wrote in between (five times at most), each time from a fresh read. `change` gives
   * undefined when there is nothing to do (any more). Resolves with whether it was written; false, too, when the service is gone. `auth`: for its image's registry, where
   * it is another than the service has.
   */
  async change(id: string, change: (fresh: SwarmService) => ServiceSpec | undefined, auth?: RegistryAuth): Promise<boolean> {
    const service = this.#manager().getService(id)
    for (let attempt = 1; ; attempt++) {
      try {
        const fresh = await service.inspect() as SwarmService
        const spec = change(fresh)
        if (spec === undefined) return false
        await service.update({ _query: { version: fresh.Version.Index }, _body: spec, ...(auth === undefined ? {} : { authconfig: auth }) })
        this.#basis.set(id, fresh.Version.Index)
        return true
      } catch (error) {
        if (dockerStatus(error) === 404) return false
        if (!isOutOfSequence(error) || attempt >= TRIES) throw error
      }
    }
  }

  /** Makes a service. Rejects with Docker's error, so where there is one of its name. */
  async create(spec: ServiceSpec, auth: RegistryAuth | undefined): Promise<void> {
    const docker = this.#manager()
    await (docker.createService as unknown as (auth: RegistryAuth | undefined, spec: ServiceSpec) => Promise<unknown>).call(docker, auth, spec)
  }

  /** Removes a service; one that is gone is removed. */
  async remove(id: string): Promise<void> {
    await this.#manager().getService(id).remove().catch((error: unknown) => {
      if (dockerStatus(error) !== 404) throw error
    })
  }

  /** Is the picture's service older than what was written here? Then there is nothing to decide yet. */
  isBehind({ ID, Version }: SwarmService): boolean {
    const basis = this.#basis.get(ID)
    if (basis === undefined) return false
    if (Version.Index <= basis) return true
    this.#basis.delete(ID)
    return false
  }
}

/** A spec with another number of replicas, and all else as it is. */
export function withReplicas(spec: ServiceSpec, replicas: number): ServiceSpec {
  return { ...spec, Mode: { ...spec.Mode, Replicated: { ...spec.Mode?.Replicated, Replicas: replicas } } }
}

/** A spec whose tasks are all made anew, and all else as it is. */
export function withForcedUpdate(spec: ServiceSpec): ServiceSpec {
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: (spec.TaskTemplate.ForceUpdate ?? 0) + 1 } }
}
