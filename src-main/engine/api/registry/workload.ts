import { formatSelector, matchesSelector, requirementsOf } from '../../../common/kube/labels.ts'
import type { PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateSelector } from '../validation/metadata.ts'
import { defaultPodSpec } from './pod-spec/defaults.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'
import type { Column, ScaleFields } from './kind.ts'

/** An object that makes pods from a template and counts them by a selector. */
export interface Workload extends KubeObject {
  spec: { replicas?: number; selector?: LabelSelector; template?: PodTemplateSpec; minReadySeconds?: number }
  status?: { replicas?: number }
}

/** Defaults that all workloads share. */
export function defaultWorkload(object: Workload): void {
  const spec = object.spec as Workload['spec'] | undefined
  if (spec === undefined) return
  spec.replicas ??= 1
  if (spec.template?.spec !== undefined) defaultPodSpec(spec.template.spec)
  if (spec.template !== undefined) spec.template.metadata ??= {}
}

/** Checks that all workloads share: the selector, the template, and that the one picks the other. `called`: what upstream calls it where the selector is empty. */
export function validateWorkload(object: Workload, errors: FieldErrors, called?: string): void {
  const spec = object.spec as Workload['spec'] | undefined
  errors.nonNegative('spec.replicas', spec?.replicas)
  errors.nonNegative('spec.minReadySeconds', spec?.minReadySeconds)
  validateSelector(spec?.selector, 'spec.selector', errors, true, called)
  validatePodTemplate(spec?.template, 'spec.template', errors, ['Always'])
  const labels = spec?.template?.metadata?.labels
  // No selector at all picks nothing.
  if (spec?.template !== undefined && (spec.selector === undefined || !matchesSelector(labels, spec.selector))) {
    errors.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')
  }
}

/** The `scale` subresource of a workload. */
export const workloadScale: ScaleFields<Workload> = {
  replicas: (o) => o.spec.replicas ?? 0,
  setReplicas(o, replicas) {
    o.spec.replicas = replicas
  },
  observed: (o) => o.status?.replicas ?? 0,
  selector: (o) => selectorText(o.spec.selector),
}

/** A label selector as a string. */
export function selectorText(selector: LabelSelector | undefined): string {
  return selector === undefined ? '' : formatSelector(requirementsOf(selector).sort((a, b) => (a.key < b.key ? -1 : 1)))
}

/** Containers, images and selector: the wide columns of all workloads. */
export const workloadWideColumns: readonly Column<Workload>[] = [
  { name: 'Containers', type: 'string', priority: 1, description: 'Names of each container in the template.', cell: (o) => (o.spec.template?.spec?.containers ?? []).map((c) => c.name).join(',') },
  { name: 'Images', type: 'string', priority: 1, description: 'Images referenced by each container in the template.', cell: (o) => (o.spec.template?.spec?.containers ?? []).map((c) => c.image ?? '').join(',') },
  { name: 'Selector', type: 'string', priority: 1, description: 'Label selector for pods.', cell: (o) => selectorText(o.spec.selector) },
]
