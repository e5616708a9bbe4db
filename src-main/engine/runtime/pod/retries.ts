import { isDiskFull } from './explain-start.ts'
import type { PodMemory } from './pod-view.ts'

/** Troubles that a config map or a secret (for a registry) may end. */
const RETRY_ON_SOURCES: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'ErrImagePull'])

/** What was missing may be there now: what waits for a config map, a secret or a label of the pod's is tried at once. */
export function retryOnSources(memory: PodMemory): void {
  if (memory.filesTrouble?.retryAt !== Infinity) memory.filesTrouble = undefined
  if (memory.sandboxTrouble?.reason === 'FailedMount') memory.sandboxTrouble = undefined
  for (const known of memory.containers.values()) if (RETRY_ON_SOURCES.has(known.trouble?.reason ?? '')) known.trouble = undefined
}

/** The node's disk has room again: what waits for that is tried at once. */
export function retryOnRoom(memory: PodMemory): void {
  if (isDiskFull(memory.sandboxTrouble?.message ?? '')) memory.sandboxTrouble = undefined
  for (const known of memory.containers.values()) if (isDiskFull(known.trouble?.message ?? '')) known.trouble = undefined
}
