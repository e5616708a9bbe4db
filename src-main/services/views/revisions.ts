import type { Revision } from '../../common/contract/index.ts'
import { templateOf } from '../../common/kube/controller-revision.ts'
import type { PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import { POD_TEMPLATE_HASH, REVISION } from '../../common/kube/well-known.ts'
import { time } from './refs.ts'
import type { AppObject, AppRevision } from './workload.ts'

const CHANGE_CAUSE = 'kubernetes.io/change-cause'

/** The images of a template's containers, each once. */
export function imagesOf(template: Readonly<PodTemplateSpec> | undefined): string[] {
  return [...new Set((template?.spec?.containers ?? []).map((c) => c.image ?? ''))]
}

/** An app's history, newest first. */
export function revisionsOf(app: Readonly<AppObject>, kept: readonly Readonly<AppRevision>[]): Revision[] {
  const numbered = kept.map((of) => ({ of, revision: numberOf(of) })).filter(({ revision }) => revision > 0).sort((a, b) => b.revision - a.revision)
  // A ControllerRevision that is used again becomes the newest; a Deployment says which ReplicaSet is the present one.
  const current = app.kind === 'Deployment' ? Number(app.metadata.annotations?.[REVISION] ?? 0) : numbered[0]?.revision
  return numbered.map(({ of, revision }): Revision => ({
    revision, images: imagesOf(templateIn(of)), cause: of.metadata.annotations?.[CHANGE_CAUSE] ?? '', createdAt: time(of.metadata.creationTimestamp), current: revision === current,
  }))
}

/** The template of one revision, to go back to; undefined when it is not kept (any more). */
export function templateOfRevision(kept: readonly Readonly<AppRevision>[], revision: number): PodTemplateSpec | undefined {
  const found = kept.find((of) => numberOf(of) === revision)
  const template = found === undefined ? undefined : structuredClone(templateIn(found))
  delete template?.metadata?.labels?.[POD_TEMPLATE_HASH]
  return template
}

function numberOf(of: Readonly<AppRevision>): number {
  return of.kind === 'ControllerRevision' ? of.revision : Number(of.metadata.annotations?.[REVISION] ?? 0)
}

function templateIn(of: Readonly<AppRevision>): PodTemplateSpec | undefined {
  return of.kind === 'ControllerRevision' ? templateOf(of) : of.spec?.template
}
