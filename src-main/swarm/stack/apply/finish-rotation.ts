import type { LiveService, LiveSwarm } from '../live-stack.ts'
import { readSwarm } from '../live-stack.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'
import { usersOf } from './decide.ts'
import type { RunOptions } from './run-steps.ts'
import { runSteps } from './run-steps.ts'
import type { Step } from './steps.ts'
import { versionsOf } from './versions.ts'

/** What is rotated, by the plain names, and for whom. */
export interface Rotated {
  readonly files: readonly { readonly kind: 'secret' | 'config'; readonly base: string }[]
  /** Whose use of a version counts for whether it is an old one. */
  isMine(service: LiveService): boolean
  /** The services that got new versions. */
  readonly updated: readonly string[]
  /** The version that services are brought to: it stays, even where Swarm took their updates back. */
  readonly target?: string
}

interface Finished {
  readonly done: string[]
  /** Sentences about versions that stay, and why. */
  readonly kept: string[]
}

/** Waits until the services are updated, and removes the versions of secrets and configs that nobody uses any more. Where there are none it does not wait. */
export async function finishRotation(manager: SwarmApi, rotated: Rotated, options: RunOptions): Promise<Finished> {
  let swarm = await readSwarm(manager)
  if (!rotated.files.some(({ kind, base }) => versionsOf(base, swarm[`${kind}s`]).length > 1)) return { done: [], kept: [] }
  const mine = swarm.services.filter((service) => rotated.isMine(service)).map(({ spec }) => spec.Name)
  const waited = mine.length === 0 ? [] : await runSteps(manager, 'The rotation', [{ do: 'wait', services: mine }], options)
  swarm = await readSwarm(manager)
  const inState = (...states: LiveService['state'][]): string => swarm.services.filter((service) => mine.includes(service.spec.Name) && states.includes(service.state)).map(({ spec }) => spec.Name).join(', ')
  const stuck = inState('paused', 'rollback_paused')
  const old = oldVersions(swarm, rotated)
  if (stuck !== '') return { done: waited, kept: old.map(({ kind, name }) => `The ${kind} ${name} stays: the update of ${stuck} is paused, and tasks may still use it.`) }
  const takenBack = swarm.services.filter((service) => rotated.updated.includes(service.spec.Name) && service.state === 'rollback_completed').map(({ spec }) => spec.Name)
  const steps = old.filter(({ users }) => users.length === 0).map(({ kind, name, id }): Step => ({ do: 'remove', kind, name, id }))
  const kept = [
    ...(takenBack.length === 0 ? [] : [`Swarm took the update of ${takenBack.join(', ')} back, because its new tasks failed: what they had before is in use again. Its page says why.`]),
    ...old.filter(({ users }) => users.length > 0).map(({ kind, name, users }) => `The ${kind} ${name} stays: ${users.join(', ')} still uses it.`),
  ]
  return { done: [...waited, ...await runSteps(manager, 'The rotation', steps, options)], kept }
}

/** Versions that are not used by whom this is for. */
function oldVersions(swarm: LiveSwarm, { files, isMine, target }: Rotated): { kind: 'secret' | 'config'; name: string; id: string; users: string[] }[] {
  const mine = { ...swarm, services: swarm.services.filter((service) => isMine(service)) }
  return files.flatMap(({ kind, base }) => {
    const versions = versionsOf(base, swarm[`${kind}s`])
    // The only one is no old one, even where nobody uses it.
    if (versions.length < 2) return []
    return versions.filter(({ spec }) => spec.Name !== target && usersOf(kind, spec.Name, mine).length === 0).map(({ spec, id }) => ({ kind, name: spec.Name, id, users: usersOf(kind, spec.Name, swarm) }))
  })
}
