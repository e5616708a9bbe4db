import type Docker from 'dockerode'
import { StatusError } from '../../../common/errors.ts'
import { inStack } from '../live-stack.ts'
import { SwarmApi } from '../../docker/swarm-api.ts'
import { NO_STACK } from '../names.ts'
import type { StackReading } from '../stack-of.ts'
import type { ApplyOptions, Decision } from './decide.ts'
import { decide } from './plan.ts'
import { finishRotation } from './finish-rotation.ts'
import type { RunOptions } from './run-steps.ts'
import { runSteps } from './run-steps.ts'

export interface AppliedStack {
  /** What was done, in words and in order; empty where everything was so already. */
  readonly done: string[]
  /** What somebody should know. */
  readonly warnings: string[]
}

/**
 * Deploys a stack: networks, secrets, configs, services, in this order; what is so already is left alone. After a rotation it waits until the services are updated, and removes the
 * versions that nobody uses any more. A StatusError (Invalid) when the plan has errors, a StackStoppedError when it stops midway. `docker`: a manager's.
 */
export async function applyStack(docker: Docker, reading: StackReading, options: ApplyOptions & RunOptions = {}): Promise<AppliedStack> {
  return runDecision(docker, reading, await decide(new SwarmApi(docker), reading, options), options)
}

/** As `applyStack`, of what was decided just before. */
export async function runDecision(docker: Docker, reading: StackReading, { steps, problems }: Decision, options: ApplyOptions & RunOptions): Promise<AppliedStack> {
  const manager = new SwarmApi(docker)
  const all = [...reading.problems, ...problems]
  const errors = all.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new StatusError('Invalid', errors.map(({ line, message }) => `${line === undefined ? '' : `Line ${String(line)}: `}${message}`).join('\n'))
  const done = await runSteps(manager, reading.stack.name === NO_STACK ? 'The deploy' : `Deploying ${reading.stack.name}`, steps, options)
  const warnings = all.map(({ message }) => message)
  if (options.rotate !== true) return { done, warnings }
  const { name, secrets, configs } = reading.stack
  const finished = await finishRotation(manager, {
    files: [...secrets.map(({ spec }) => ({ kind: 'secret' as const, base: spec.Name })), ...configs.map(({ spec }) => ({ kind: 'config' as const, base: spec.Name }))],
    isMine: ({ spec }) => inStack([{ spec }], name).length > 0,
    updated: steps.flatMap((step) => (step.do === 'update service' ? [step.spec.Name] : [])),
  }, options)
  return { done: [...done, ...finished.done], warnings: [...warnings, ...finished.kept] }
}
