import type { CSIDriver, CSIDriverSpec, TokenRequest } from '../../../../common/kube/generated/storage-v1.ts'
import { CSIDrivers } from '../../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateImmutable } from '../../validation/metadata.ts'
import { defineKind } from '../kind.ts'
import { validateDriverName } from './driver-name.ts'

const SHORTEST_TOKEN_S = 600
const LONGEST_TOKEN_S = 2 ** 32

/** CSIDriver: what a volume driver says of itself. */
export const csiDriverKind = defineKind<CSIDriver>({
  resource: CSIDrivers,
  dataOnly: true,
  hasGeneration: true,
  defaults({ spec }) {
    if ((spec as CSIDriverSpec | undefined) === undefined) return
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  validate({ metadata, spec }, errors) {
    validateDriverName(metadata.name, 'metadata.name', errors)
    if ((spec as CSIDriverSpec | undefined) === undefined) return errors.required('spec.attachRequired')
    errors.supported('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'])
    spec.volumeLifecycleModes?.forEach((mode) => errors.supported('spec.volumeLifecycleModes', mode, ['Ephemeral', 'Persistent']))
    validateTokens(spec.tokenRequests ?? [], errors)
  },
  validateUpdate({ spec }, old, errors) {
    validateImmutable(spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired', errors)
    validateImmutable(spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes', errors)
  },
  columns: [
    nameColumn,
    { name: 'AttachRequired', type: 'boolean', description: 'Whether volumes of this driver must be attached to a node.', cell: (o) => o.spec.attachRequired ?? true },
    { name: 'PodInfoOnMount', type: 'boolean', description: 'Whether the driver is told of the pod.', cell: (o) => o.spec.podInfoOnMount ?? false },
    { name: 'StorageCapacity', type: 'boolean', description: 'Whether the driver says how much room it has.', cell: (o) => o.spec.storageCapacity ?? false },
    { name: 'TokenRequests', type: 'string', description: 'The audiences of the tokens that the driver is given.', cell: (o) => joined((o.spec.tokenRequests ?? []).map((t) => t.audience), '<unset>') },
    { name: 'RequiresRepublish', type: 'boolean', description: 'Whether volumes are published again from time to time.', cell: (o) => o.spec.requiresRepublish ?? false },
    { name: 'Modes', type: 'string', description: 'The kinds of volume that the driver knows.', cell: (o) => joined(o.spec.volumeLifecycleModes ?? []) },
    ageColumn,
  ],
})

function validateTokens(requests: readonly TokenRequest[], errors: FieldErrors): void {
  const audiences = new Set<string>()
  requests.forEach(({ audience, expirationSeconds: seconds }, i) => {
    const path = `spec.tokenRequests[${String(i)}]`
    if (audiences.has(audience)) errors.duplicate(`${path}.audience`, audience)
    audiences.add(audience)
    if (seconds === undefined) return
    if (seconds < SHORTEST_TOKEN_S) errors.invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')
    if (seconds > LONGEST_TOKEN_S) errors.invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')
  })
}
