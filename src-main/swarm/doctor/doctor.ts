import type { Clock } from '../../common/clock.ts'
import type { Examination, SwarmDoctor } from '../../common/contract/index.ts'
import { withTask } from '../docker/edit-spec.ts'
import { SwarmApi } from '../docker/swarm-api.ts'
import { SwarmReader } from '../setup/swarm-reader.ts'
import { explainSwarm, swarmError } from '../setup/swarm-error.ts'
import type { DeskServer } from '../setup/swarm-server.ts'
import { diagnose } from './checks/checks.ts'
import { gatherFacts } from './gather.ts'
import type { HelperImages } from './helper-images.ts'

export interface DoctorOptions {
  /** The servers of this desk that Swarm mode may use, as they are now. */
  servers(): readonly DeskServer[]
  helpers: HelperImages
  clock: Clock
  /** 0 up to 1. */
  random(): number
}

/** Looks at a swarm when it is asked to, and does nothing otherwise. */
export class Doctor implements SwarmDoctor {
  readonly #o: DoctorOptions
  readonly #reader: SwarmReader

  constructor(options: DoctorOptions) {
    this.#o = options
    this.#reader = new SwarmReader(options.servers)
  }

  async examine(): Promise<Examination> {
    const facts = await gatherFacts({ ...this.#o, servers: this.#o.servers(), reader: this.#reader })
    return { at: this.#o.clock.now(), findings: diagnose(facts), missing: facts.missing }
  }

  async pinService(service: string, node: string): Promise<void> {
    const { manager } = await this.#reader.read()
    const server = this.#o.servers().find(({ name }) => name === manager?.server)
    if (manager === undefined || server === undefined) throw swarmError('Unreachable', 'No manager of the swarm can be reached from here.')
    if (!manager.nodes.some(({ ID }) => ID === node)) throw swarmError('NoSuchNode', 'There is no such node in the swarm (any more).')
    try {
      await pin(new SwarmApi(server.host.docker), service, `node.id==${node}`)
    } catch (error) {
      throw explainSwarm(error, server.name)
    }
  }
}

async function pin(api: SwarmApi, id: string, constraint: string): Promise<void> {
  const { Spec, Version } = await api.service(id)
  const { Placement } = Spec.TaskTemplate
  const constraints = Placement?.Constraints ?? []
  if (constraints.includes(constraint)) return
  await api.updateService(id, Version.Index, withTask(Spec, { Placement: { ...Placement, Constraints: [...constraints, constraint] } }))
}
