import type { Sample, Samples } from '../group-pods.ts'
import type { ScaledPod } from '../scaled-pod.ts'

/** The moment of all tests here. */
export const NOW = Date.UTC(2026, 0, 1)
const LONG_AGO = NOW - 600_000

/** One pod by letters: T ready, F never ready, `H` ready but just started (hot), P pending, X failed, D being deleted. */
export function pod(letter: string, index: number, cpuRequest: number | undefined = 1000): ScaledPod {
  const startedAt = letter === 'H' ? NOW - 2_000 : LONG_AGO
  return {
    name: `pod-${String(index)}`, phase: letter === 'P' ? 'Pending' : letter === 'X' ? 'Failed' : 'Running', isDeleting: letter === 'D', startedAt,
    ready: { status: letter === 'F' || letter === 'X' ? 'False' : 'True', since: startedAt },
    requests: { app: cpuRequest === undefined ? {} : { cpu: cpuRequest, memory: 1000 * 2 ** 20 } },
  }
}

/** Pods by their letters: `TTF`. */
export function podsOf(letters: string, cpuRequests?: readonly number[]): ScaledPod[] {
  return [...letters].map((letter, i) => pod(letter, i, cpuRequests?.[i]))
}

/** Values of the first pods, measured over the last half minute; a hole (NaN) is a pod without. */
export function samplesOf(values: readonly number[]): Samples {
  const all = values.map((value, i): [string, Sample] => [`pod-${String(i)}`, { value, time: NOW, windowMs: 30_000 }])
  return new Map(all.filter(([, { value }]) => !Number.isNaN(value)))
}
