import type Docker from 'dockerode'
import type { Plan } from '../../../common/contract/index.ts'
import { fileText, networkText, serviceText } from './change-text.ts'
import type { Decision } from './decide.ts'
import { Decisions } from './decide.ts'
import type { LiveSwarm } from '../live-stack.ts'
import { inStack, readSwarm } from '../live-stack.ts'
import { SwarmApi } from '../../docker/swarm-api.ts'
import type { RunOptions } from './run-steps.ts'
import { runSteps } from './run-steps.ts'

/** What removing a stack would take away: its services, secrets, configs and networks. Volumes stay, with their data. Writes nothing. */
export async function planRemoval(docker: Docker, stack: string): Promise<Plan> {
  const { changes, problems } = decideRemoval(await readSwarm(new SwarmApi(docker)), stack)
  return { changes, problems }
}

/** Removes a stack, as `docker stack rm` does. A StackStoppedError when it stops midway; a stack that is not there is removed already. */
export async function removeStack(docker: Docker, stack: string, options: RunOptions = {}): Promise<{ done: string[] }> {
  const manager = new SwarmApi(docker)
  const { steps } = decideRemoval(await readSwarm(manager), stack)
  return { done: await runSteps(manager, `Removing ${stack}`, steps, options) }
}

function decideRemoval(swarm: LiveSwarm, stack: string): Decision {
  const decisions = new Decisions(stack)
  for (const { id, spec } of inStack(swarm.services, stack)) decisions.change('Service', spec.Name, 'delete', serviceText(spec, stack), '', { do: 'remove', kind: 'service', name: spec.Name, id })
  for (const kind of ['secret', 'config'] as const) {
    for (const { id, spec, contents } of inStack(swarm[`${kind}s`], stack)) {
      decisions.change(kind === 'secret' ? 'Secret' : 'Config', spec.Name, 'delete', fileText(kind, spec, contents), '', { do: 'remove', kind, name: spec.Name, id })
    }
  }
  for (const { id, spec } of inStack(swarm.networks, stack)) decisions.change('Network', spec.Name, 'delete', networkText(spec, stack), '', { do: 'remove', kind: 'network', name: spec.Name, id })
  return decisions
}
