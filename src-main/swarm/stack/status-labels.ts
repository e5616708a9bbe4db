import { STATUS_PREFIX } from '../extras/labels.ts'

type Labels = Readonly<Record<string, string>> | null | undefined

/** A service's labels without those in which Toque itself keeps what it did: no part of what a file says. Undefined where there are none at all. */
export function withoutStatus(labels: Labels): Record<string, string> | undefined {
  return labels === undefined || labels === null ? undefined : Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(STATUS_PREFIX)))
}

/** Those alone: whoever writes a service from a file keeps them, or a run of a schedule would be forgotten. */
export function statusLabels(labels: Labels): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => key.startsWith(STATUS_PREFIX)))
}
