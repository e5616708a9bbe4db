import type { ComposeModel } from '../../../common/compose/forms/file.ts'
import type { Path } from '../../../common/yaml/place.ts'
import type { Findings } from '../findings.ts'
import type { Texts } from '../../docker/specs.ts'
import { NO_STACK, scoped, StackLabel } from '../names.ts'

/** What the parts of a conversion share. */
export interface Context {
  /** The stack's name. */
  readonly stack: string
  readonly model: ComposeModel
  readonly findings: Findings
  /** The folder that relative paths of bind mounts are in, and the one that `~` stands for: full paths, on the nodes. */
  readonly folder: string | undefined
  readonly home: string | undefined
}

/** A service's part of it. */
export interface ServiceContext extends Context {
  /** In the file. */
  readonly name: string
  /** Refuses a field of the service. */
  refuse(path: Path, message: string): void
}

/** Labels with the stack's own. */
export function stackLabels(stack: string, labels: Texts | undefined): Texts {
  return stack === NO_STACK ? { ...labels } : { ...labels, [StackLabel.namespace]: stack }
}

/** What something in the top-level networks, volumes, secrets or configs is called in Docker. */
export function realName(stack: string, key: string, { name, external }: { name?: string; external?: boolean }): string {
  return name !== undefined && name !== '' ? name : external === true ? key : scoped(stack, key)
}

/** By Unicode's code points, as Go sorts. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Without the keys that have no value. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T
}
