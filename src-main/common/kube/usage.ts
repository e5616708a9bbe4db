/** What a container uses. */
export interface ContainerUsage {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** Averages over a window. */
export interface MeasuredUsage extends ContainerUsage {
  /** When the window ended, milliseconds since the epoch. */
  readonly time: number
  /** How long it was: as much of what was asked for as is known. */
  readonly windowMs: number
}

/** A pod's, and each of its containers' by name. */
export interface MeasuredPod extends MeasuredUsage {
  readonly containers: Readonly<Record<string, ContainerUsage>>
}

/** What the engine measures, to its parts that act on it or show it. */
export interface UsageSource {
  /** Averages over the last `windowMs`; undefined while nothing is known, or nothing new came for too long. */
  pod(uid: string, windowMs: number): MeasuredPod | undefined
  node(name: string, windowMs: number): MeasuredUsage | undefined
  /** From now on it is measured as often as that. Returns a function that ends it. */
  watch(everyMs: number): () => void
}
