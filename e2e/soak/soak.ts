import { seededRandom } from '../../src-main/common/seeded-random.ts'
export interface SoakContext {
  /** What all chance in the run comes from: the same seed, the same run. */
  seed: number
  /** A number in [0, 1), seeded. */
  random(): number
  /** How many trials; undefined for as many as the claim is about. */
  trials: number | undefined
  say(line: string): void
  signal: AbortSignal
}

export interface SoakResult {
  trials: number
  /** One sentence for each trial that did not hold; empty is a pass. */
  failures: string[]
  /** Figures worth writing down, by name with unit: `ready.p95.ms`. */
  figures: Record<string, number>
}

/** What a file of e2e/soak exports as its default. Its short form is an integration test that calls it with few trials. */
export type Soak = (context: SoakContext) => Promise<SoakResult>

/** A context for a soak's short form in a test. */
export function shortRun(seed: number, trials: number, signal: AbortSignal = new AbortController().signal): SoakContext {
  return { seed, random: seededRandom(seed), trials, say: (line) => console.log(line), signal }
}
