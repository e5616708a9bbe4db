import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { Note } from '../report.ts'

/** What a service becomes. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob'

/** The metadata of an object of that name: every object of a service or file has the same labels. */
export type Meta = (name: string) => { name: string; labels: Record<string, string> }

/** One service on its way, with what the parts need to know of the others. */
export interface ServiceContext {
  readonly name: string
  /** Its name in Kubernetes. */
  readonly kubeName: string
  readonly service: Service
  readonly model: ComposeModel
  readonly kind: WorkloadKind
  readonly note: Note
  /** Names in Kubernetes of volumes, secrets and configs. */
  readonly names: { readonly volumes: ReadonlyMap<string, string>; readonly secrets: ReadonlyMap<string, string>; readonly configs: ReadonlyMap<string, string> }
  /** Volumes of which each replica has its own. */
  readonly ownVolumes: ReadonlySet<string>
}

/** Leaves out what is not there, so that no empty field is written. */
export function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value as object).length === 0))) as T
}
