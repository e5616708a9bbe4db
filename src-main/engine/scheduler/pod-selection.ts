import type { PodAffinityTerm } from '../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../common/kube/generated/meta-v1.ts'
import { matchesAll, requirementsOf } from '../../common/kube/labels.ts'
import type { Labels, Requirement } from '../../common/kube/labels.ts'

/** The labels of a namespace; undefined where it is not known. */
export type NamespaceLabels = (namespace: string) => Labels | undefined

/** Which pods an affinity term or a spread constraint speaks of. */
export interface PodSelection {
  /** Two with the same key select the same pods. */
  readonly key: string
  readonly namespaces: ReadonlySet<string>
  /** Namespaces by their labels, besides those named. */
  readonly byLabels: readonly Requirement[] | undefined
  /** Undefined: no selector, which selects nothing. */
  readonly requirements: readonly Requirement[] | undefined
}

/** The pods of one namespace that a selector matches. */
export function selectionIn(namespace: string, selector: LabelSelector | undefined): PodSelection {
  return selection([namespace], undefined, selector)
}

/** The pods of an affinity term of a pod in `own`: without namespaces and namespaceSelector it means the pod's own. */
export function selectionOf({ namespaces = [], namespaceSelector, labelSelector }: PodAffinityTerm, own: string): PodSelection {
  return selection(namespaces.length === 0 && namespaceSelector === undefined ? [own] : namespaces, namespaceSelector, labelSelector)
}

/** Is a pod with these labels in this namespace one of them? */
export function selects({ namespaces, byLabels, requirements }: PodSelection, namespace: string, labels: Labels | undefined, labelsOf: NamespaceLabels): boolean {
  if (requirements === undefined) return false
  if (!namespaces.has(namespace) && (byLabels === undefined || !matchesAll(labelsOf(namespace), byLabels))) return false
  return matchesAll(labels, requirements)
}

function selection(namespaces: readonly string[], byLabels: LabelSelector | undefined, selector: LabelSelector | undefined): PodSelection {
  return {
    key: JSON.stringify([namespaces, byLabels, selector]), namespaces: new Set(namespaces),
    byLabels: byLabels === undefined ? undefined : requirementsOf(byLabels), requirements: selector === undefined ? undefined : requirementsOf(selector),
  }
}
