import type { SwarmService } from './types.ts'

/** How a service's tasks are counted, as a stack's file names it. */
export type ServiceMode = 'replicated' | 'global' | 'replicated-job' | 'global-job'

/** Docker's own default is replicated. */
export function modeOf({ Spec: { Mode } }: Pick<SwarmService, 'Spec'>): ServiceMode {
  if (Mode?.Global !== undefined) return 'global'
  if (Mode?.ReplicatedJob !== undefined) return 'replicated-job'
  return Mode?.GlobalJob !== undefined ? 'global-job' : 'replicated'
}

export function isJob(service: Pick<SwarmService, 'Spec'>): boolean {
  return modeOf(service).endsWith('-job')
}

/** What a replicated service is to have. Docker's own default is one. */
export function replicasOf({ Spec: { Mode } }: Pick<SwarmService, 'Spec'>): number {
  return Mode?.Replicated?.Replicas ?? 1
}
