/** Where an app may run, the lightest first: each one can do what those before it can, and asks more of the people who keep it. */
export const MODES = ['swarm', 'toque', 'kubernetes'] as const
/** Docker Swarm; Kubernetes by Toque's own engine; a real Kubernetes cluster. */
export type Mode = (typeof MODES)[number]

/** How much is to happen by itself when the load changes: nothing; a few services by CPU and memory; most of them, or by their own numbers; servers come and go, too. */
const AUTOSCALING = ['none', 'some', 'most', 'servers'] as const
/** GPUs: none; a server or some have them; pools that several teams share. */
const GPUS = ['none', 'some', 'pools'] as const
/** What is expected within a year: about the same; about twice as much; many times as much. */
export const GROWTH = ['same', 'double', 'many'] as const
/** How far the tools reach that are to be used: Docker's own; Helm, kubectl, charts and manifests of others; whole platforms on top (service mesh, GitOps for many teams). */
const TOOLS = ['docker', 'kubernetes', 'platform'] as const
/** How long nothing may be started or healed when the worst server fails: some minutes; never. */
const CONTROL = ['minutes', 'never'] as const

/** What a team needs, or has. */
export interface Needs {
  /** Who work on it, and deploy. */
  readonly people: number
  readonly servers: number
  /** Services that are deployed by themselves. */
  readonly services: number
  /** Who use it at the same time, at the busiest hour. */
  readonly users: number
  readonly autoscaling: (typeof AUTOSCALING)[number]
  readonly gpu: (typeof GPUS)[number]
  readonly growth: (typeof GROWTH)[number]
  readonly tools: (typeof TOOLS)[number]
  readonly control: (typeof CONTROL)[number]
}

/** The least of everything: what counts where nothing was answered. */
export const LEAST: Needs = { people: 1, servers: 1, services: 1, users: 1, autoscaling: 'none', gpu: 'none', growth: 'same', tools: 'docker', control: 'minutes' }

/** In the order in which people are asked. */
export const QUESTIONS = Object.keys(LEAST) as (keyof Needs)[]

/** The steps of those needs that are no numbers, from the least. */
export const STEPS = { autoscaling: AUTOSCALING, gpu: GPUS, growth: GROWTH, tools: TOOLS, control: CONTROL } as const satisfies Partial<Record<keyof Needs, readonly string[]>>

/** The heavier of two. */
export function heavier(a: Mode, b: Mode): Mode {
  return MODES.indexOf(a) >= MODES.indexOf(b) ? a : b
}

/** Is `a` heavier than `b`? */
export function isHeavier(a: Mode, b: Mode): boolean {
  return MODES.indexOf(a) > MODES.indexOf(b)
}
