import { formatDuration, parseDuration } from '../../common/compose/units.ts'
import type { SwarmService } from '../docker/types.ts'

/** Labels of a service by which a person asks for what Swarm has not. `deploy.labels` in a stack file. */
export const ASKS = { autoscale: 'toque.autoscale', rebalance: 'toque.rebalance', schedule: 'toque.schedule', canary: 'toque.canary', alert: 'toque.alert' } as const
/** Labels that begin so are written by Toque itself, and no part of what a person wrote. */
export const STATUS_PREFIX = 'toque.status.'
/** The time (RFC 3339) that the latest run of a scheduled service was for. */
export const LAST_RUN = `${STATUS_PREFIX}last-run`
/** There while that run of a replicated service goes on. */
export const RUNNING = `${STATUS_PREFIX}running`
/** On a canary: the ID of the service that it is for. */
export const CANARY_OF = `${STATUS_PREFIX}canary-of`
/** On a canary: how far it has come. On its service: which image was given up, and why. */
export const CANARY = `${STATUS_PREFIX}canary`

const NANOS_PER_SECOND = 1_000_000_000

/** What the labels of one extra come to: nothing is asked for, what is asked for, or why it cannot be done. */
export type Asked<T> = { readonly is: 'not asked' } | { readonly is: 'asked'; readonly settings: T } | { readonly is: 'refused'; readonly problems: readonly string[] }

/** Nothing is asked for. */
export const NOT_ASKED = { is: 'not asked' } as const

/** The labels of a service. */
export function labelsOf(service: SwarmService): Readonly<Record<string, string>> {
  return service.Spec.Labels ?? {}
}

/** Is anything asked for under `root`? */
export function asksFor(service: SwarmService, root: string): boolean {
  return Object.keys(labelsOf(service)).some((label) => isUnder(label, root))
}

/** Where nothing is asked for under `root`; undefined: something is, on the service. The same labels on its containers are not heard, which is told. */
export function unasked(service: SwarmService, root: string): Asked<never> | undefined {
  if (asksFor(service, root)) return undefined
  const misplaced = Object.keys(service.Spec.TaskTemplate.ContainerSpec?.Labels ?? {}).find((label) => isUnder(label, root))
  if (misplaced === undefined) return NOT_ASKED
  return { is: 'refused', problems: [`The label ${misplaced} is on its containers (labels), where it says nothing to a service: move it to deploy.labels.`] }
}

/** Reads the labels under one root, and keeps what is wrong with them as sentences. A label that is not among `known` (without the root; '' is the root itself) is wrong. */
export class LabelReader {
  readonly problems: string[] = []
  readonly #labels: Readonly<Record<string, string>>
  readonly #root: string

  constructor(labels: Readonly<Record<string, string>>, root: string, known: readonly string[]) {
    this.#labels = labels
    this.#root = root
    const names = known.map((name) => this.label(name))
    for (const label of Object.keys(labels)) {
      if (isUnder(label, root) && !names.includes(label)) this.problems.push(`There is no label ${label}. Those that there are: ${names.join(', ')}.`)
    }
  }

  /** The whole label. */
  label(name: string): string {
    return name === '' ? this.#root : `${this.#root}.${name}`
  }

  text(name: string): string | undefined {
    return this.#labels[this.label(name)]?.trim()
  }

  whole(name: string, least: number, most: number): number | undefined {
    return this.#read(name, `a whole number from ${String(least)} to ${String(most)} is meant`, (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined))
  }

  /** With or without its sign. */
  percent(name: string): number | undefined {
    return this.#read(name, 'a percentage from 1 to 1000 is meant, such as 70', (text) => {
      const [, digits] = /^(\d{1,4})\s*%?$/.exec(text) ?? []
      const value = Number(digits)
      return digits !== undefined && value >= 1 && value <= 1000 ? value : undefined
    })
  }

  /** `90s`, `5m`, `1h30m`, or bare seconds; in seconds. */
  seconds(name: string, least: number, most: number): number | undefined {
    return this.#read(name, `a time from ${String(least)} to ${String(most)} seconds is meant, such as 90s or 5m`, (text) => {
      const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (parseDuration(text) ?? NaN) / NANOS_PER_SECOND
      return seconds >= least && seconds <= most ? seconds : undefined
    })
  }

  /** One of some words, in any case; as it is spelled in `words`. */
  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    return this.#read(name, `one of ${words.join(', ')} is meant`, (text) => words.find((word) => word === text.toLowerCase()))
  }

  #read<T>(name: string, meant: string, parse: (text: string) => T | undefined): T | undefined {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = parse(text)
    if (value === undefined) this.problems.push(`The label ${this.label(name)} is ${JSON.stringify(text)}: ${meant}.`)
    return value
  }
}

/** Seconds as labels have them: `1h`, `5m`, `1m30s`. */
export function timeText(seconds: number): string {
  return formatDuration(seconds * NANOS_PER_SECOND)
}

function isUnder(label: string, root: string): boolean {
  return label === root || label.startsWith(`${root}.`)
}
