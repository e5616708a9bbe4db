import type { SwarmNode } from './types.ts'

/** Whether the scheduler gives a node new tasks: it is up, and open for them. */
export function takesTasks({ Status, Spec }: SwarmNode): boolean {
  return Status.State === 'ready' && Spec.Availability === 'active'
}
