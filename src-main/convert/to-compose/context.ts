import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { ConfigMap, PersistentVolumeClaim, Secret, Service as KubeService } from '../../common/kube/generated/core-v1.ts'
import type { Note } from '../report.ts'

/** An object of the input and what is said of its fields. */
export interface Given<T> {
  readonly object: T
  readonly note: Note
}

/** All objects of the input that others refer to, by name. */
export interface Objects {
  readonly services: readonly Given<KubeService>[]
  readonly configs: ReadonlyMap<string, Given<ConfigMap>>
  readonly secrets: ReadonlyMap<string, Given<Secret>>
  readonly claims: ReadonlyMap<string, Given<PersistentVolumeClaim>>
}

/** The Compose file in the making; `files`: what it names, by path. */
export interface Making {
  readonly model: Required<Pick<ComposeModel, 'services' | 'networks' | 'volumes' | 'secrets' | 'configs'>> & { name?: string }
  readonly files: Record<string, string>
  readonly objects: Objects
  /** Who mounts which claim: the notes about its place in the pod. */
  readonly claimed: { readonly claim: string; readonly note: Note }[]
}

export type { Service }
