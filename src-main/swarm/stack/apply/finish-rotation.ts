import type { LiveService, LiveSwarm } from '../live-stack.ts'
import { inStack, readSwarm } from '../live-stack.ts'
import type { Manager } from '../manager.ts'
import type { Stack } from '../stack-of.ts'
import { usersOf } from './decide.ts'
import type { RunOptions } from './run-steps.ts'
import { runSteps } from './run-steps.ts'
import type { Step } from './steps.ts'
import { versionsOf } from './versions.ts'

interface Finished {
  readonly done: string[]
  /** Sentences about versions that stay, and why. */
  readonly kept: string[]
}

/** Waits until the stack's services are updated, and removes the versions of its secrets and configs that nobody uses any more. Where there are none it does not wait. */
export async function finishRotation(manager: Manager, stack: Stack, options: RunOptions): Promise<Finished> {
  let swarm = await readSwarm(manager)
  if (oldVersions(swarm, stack).length === 0) return { done: [], kept: [] }
  swarm = await updated(manager, stack.name, options.signal ?? new AbortController().signal)
  const stuck = inStack(swarm.services, stack.name).filter(({ state }) => state === 'paused' || state === 'rollback_paused')
  const old = oldVersions(swarm, stack)
  if (stuck.length > 0) return { done: [], kept: old.map(({ kind, name }) => `The ${kind} ${name} stays: the update of ${stuck.map(({ spec }) => spec.Name).join(', ')} is paused, and tasks may still use it.`) }
  const steps = old.filter(({ users }) => users.length === 0).map(({ kind, name, id }): Step => ({ do: 'remove', kind, name, id }))
  const kept = old.filter(({ users }) => users.length > 0).map(({ kind, name, users }) => `The ${kind} ${name} stays: ${users.join(', ')} still uses it.`)
  return { done: await runSteps(manager, 'The rotation', steps, options), kept }
}

/** Versions that the stack's services do not use. */
function oldVersions(swarm: LiveSwarm, stack: Stack): { kind: 'secret' | 'config'; name: string; id: string; users: string[] }[] {
  const mine = { ...swarm, services: inStack(swarm.services, stack.name) }
  return (['secret', 'config'] as const).flatMap((kind) => stack[`${kind}s`].flatMap(({ spec }) => {
    const versions = versionsOf(spec.Name, swarm[`${kind}s`])
    // The only one is no old one, even where nobody uses it.
    if (versions.length < 2) return []
    return versions.filter((version) => usersOf(kind, version.spec.Name, mine).length === 0).map((version) => ({ kind, name: version.spec.Name, id: version.id, users: usersOf(kind, version.spec.Name, swarm) }))
  }))
}

/** Resolves when no service of the stack is being updated. Listens first and looks then, so that nothing is missed. */
async function updated(manager: Manager, stack: string, signal: AbortSignal): Promise<LiveSwarm> {
  const over = new AbortController()
  const events = await manager.serviceEvents(AbortSignal.any([signal, over.signal]))
  try {
    let swarm = await readSwarm(manager)
    if (!isUpdating(swarm, stack)) return swarm
    for await (const _ of events) {
      swarm = await readSwarm(manager)
      if (!isUpdating(swarm, stack)) return swarm
    }
    signal.throwIfAborted()
    throw new Error('Docker closed its event stream')
  } finally {
    over.abort()
    events.destroy()
  }
}

function isUpdating(swarm: LiveSwarm, stack: string): boolean {
  return inStack<LiveService>(swarm.services, stack).some(({ state }) => state === 'updating' || state === 'rollback_started')
}
