import { LogPositions } from '../../../common/kube/log-sink.ts'
import type { LogPosition } from '../../../common/kube/log-sink.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** LogPosition: how far a sink has acknowledged the lines of a pod. The engine's own. */
export const logPositionKind = defineKind<LogPosition>({
  resource: LogPositions,
  defaults(position: Partial<LogPosition>) {
    position.containers ??= {}
  },
  columns: [nameColumn, { name: 'Containers', type: 'integer', cell: ({ containers }) => Object.keys(containers).length }, ageColumn],
})
