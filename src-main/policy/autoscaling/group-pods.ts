import type { ScaledPod } from './scaled-pod.ts'

/** One pod's value of a metric, in thousandths, measured over `windowMs` up to `time` (milliseconds since the epoch). */
export interface Sample {
  readonly value: number
  readonly time: number
  readonly windowMs: number
}

/** Values by the pod's name. */
export type Samples = ReadonlyMap<string, Sample>

/** What the calculation may be tuned by. */
export interface CalculatorOptions {
  /** A change of the ratio up to this is none. */
  readonly tolerance: number
  /** So long after its start, a pod's CPU counts only once it is ready and has been for one window. */
  readonly cpuInitializationMs: number
  /** A pod that became unready so soon after its start has never been ready. */
  readonly initialReadinessMs: number
}

/** Upstream's defaults. */
export const CALCULATOR_DEFAULTS: CalculatorOptions = { tolerance: 0.1, cpuInitializationMs: 300_000, initialReadinessMs: 30_000 }

/** Pods by how their metrics count. */
export interface PodGroups {
  readonly readyCount: number
  /** Not begun in earnest: they count as using nothing, and only against scaling up. */
  readonly unready: ReadonlySet<string>
  /** They run, and nothing is known of them. */
  readonly missing: ReadonlySet<string>
  /** On their way out. */
  readonly ignored: ReadonlySet<string>
}

/** Sorts pods by how they count for a resource (`cpu` has rules of its own; '' for any other metric). `now`: milliseconds since the epoch. */
export function groupPods(pods: readonly ScaledPod[], samples: Samples, resource: string, { cpuInitializationMs, initialReadinessMs }: CalculatorOptions, now: number): PodGroups {
  const groups = { unready: new Set<string>(), missing: new Set<string>(), ignored: new Set<string>() }
  let readyCount = 0
  const isUnready = ({ ready, startedAt }: ScaledPod, sample: Sample): boolean => {
    if (ready === undefined || startedAt === undefined) return true
    // What a program burns while it begins says nothing about its load.
    if (startedAt + cpuInitializationMs > now) return ready.status === 'False' || sample.time < ready.since + sample.windowMs
    return ready.status === 'False' && startedAt + initialReadinessMs > ready.since
  }
  for (const pod of pods) {
    const sample = samples.get(pod.name)
    if (pod.isDeleting || pod.phase === 'Failed') groups.ignored.add(pod.name)
    else if (pod.phase === 'Pending') groups.unready.add(pod.name)
    else if (sample === undefined) groups.missing.add(pod.name)
    else if (resource === 'cpu' && isUnready(pod, sample)) groups.unready.add(pod.name)
    else readyCount++
  }
  return { readyCount, ...groups }
}
