import type { KubeObject } from '../../../common/kube/object.ts'
import type { Cell, Kind } from '../registry/kind.ts'

/** One line of a printed table. */
export interface TableRow {
  cells: Cell[]
  object?: unknown
}

/** Which part of each object goes with its row. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** The column definitions of a kind, as the Table says them. */
export function columnsOf(kind: Kind): object[] {
  return kind.columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({ name, type, format, description, priority }))
}

/** An object as a row. `now`: milliseconds since the epoch, for ages. `version`: of meta.k8s.io. */
export function rowOf(kind: Kind, object: KubeObject, include: IncludeObject, version: string, now: number): TableRow {
  const cells = kind.columns.map((column) => column.cell(object, now))
  if (include === 'None') return { cells }
  return { cells, object: include === 'Object' ? object : partialOf(object, version) }
}

/** Only what an object says of itself, not what it is. */
export function partialOf(object: KubeObject, version: string): { kind: string; apiVersion: string; metadata: KubeObject['metadata'] } {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}
