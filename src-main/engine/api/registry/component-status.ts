import type { ComponentStatus } from '../../../common/kube/generated/core-v1.ts'
import { ComponentStatuses } from '../../../common/kube/kinds.ts'
import type { Store } from '../../store/store.ts'
import { nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import type { Kind } from './kind.ts'

/**
 * ComponentStatus: deprecated, and read by old dashboards only. What is told is what this server can know of by itself: the store, under the name
 * that those look for. The other parts of the engine tell of themselves by their leases and metrics.
 */
export function componentStatusKind(store: Pick<Store, 'revision'>): Kind {
  return defineKind<ComponentStatus>({
    resource: ComponentStatuses,
    shortNames: ['cs'],
    deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
    live: () => [statusOf('etcd-0', () => store.revision)],
    columns: [
      nameColumn,
      { name: 'Status', type: 'string', description: 'Status of the component conditions', cell: (o) => ({ True: 'Healthy', False: 'Unhealthy' })[healthOf(o)?.status ?? ''] ?? 'Unknown' },
      { name: 'Message', type: 'string', description: 'Message of the component conditions', cell: (o) => healthOf(o)?.message ?? '' },
      { name: 'Error', type: 'string', description: 'Error of the component conditions', cell: (o) => healthOf(o)?.error ?? '' },
    ],
  })
}

function healthOf(status: ComponentStatus): { status: string; message?: string; error?: string } | undefined {
  return status.conditions?.find(({ type }) => type === 'Healthy')
}

/** `ask` throws where the component is not well. */
function statusOf(name: string, ask: () => unknown): ComponentStatus {
  let health: { status: string; message?: string; error?: string }
  try {
    ask()
    health = { status: 'True', message: 'ok' }
  } catch (error) {
    health = { status: 'False', error: error instanceof Error ? error.message : String(error) }
  }
  // As upstream's: nothing was ever created here.
  return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name } as ComponentStatus['metadata'], conditions: [{ type: 'Healthy', ...health }] }
}
