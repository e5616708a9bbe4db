import type { SwarmService } from './types.ts'

/**
 * Did Swarm take the last update of a service back by itself? It says `rollback_completed`; but a place that had two tasks for a moment, as happens when servers are busy, is put right afterwards as
 * one more update, and then it says `completed`. What tells then is that it has forgotten the version before: every update keeps that one, and so does a way back that a person asked for. A service
 * that was never updated, and put right so, looks the same: whoever asks knows of an update, or of a task of another version. Pure.
 */
export function wasTakenBack({ UpdateStatus, PreviousSpec }: Pick<SwarmService, 'UpdateStatus' | 'PreviousSpec'>): boolean {
  return UpdateStatus?.State === 'rollback_completed' || (UpdateStatus?.State === 'completed' && PreviousSpec === undefined)
}
