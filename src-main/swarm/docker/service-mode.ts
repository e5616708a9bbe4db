/** How a service's tasks are counted, as a stack's file names it. */
export type ServiceMode = 'replicated' | 'global' | 'replicated-job' | 'global-job'

/** What is read of a service. */
interface Counted {
  readonly Spec: { readonly Mode?: { readonly Replicated?: { readonly Replicas?: number }; readonly Global?: object; readonly ReplicatedJob?: object; readonly GlobalJob?: object } }
}

/** Docker's own default is replicated. */
export function modeOf({ Spec: { Mode } }: Counted): ServiceMode {
  if (Mode?.Global !== undefined) return 'global'
  if (Mode?.ReplicatedJob !== undefined) return 'replicated-job'
  return Mode?.GlobalJob !== undefined ? 'global-job' : 'replicated'
}

export function isJob(service: Counted): boolean {
  return modeOf(service).endsWith('-job')
}

/** What a replicated service is to have. Docker's own default is one. */
export function replicasOf({ Spec: { Mode } }: Counted): number {
  return Mode?.Replicated?.Replicas ?? 1
}
