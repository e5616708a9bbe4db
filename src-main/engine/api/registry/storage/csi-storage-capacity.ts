import type { CSIStorageCapacity } from '../../../../common/kube/generated/storage-v1.ts'
import { CSIStorageCapacities } from '../../../../common/kube/kinds.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../../../../common/kube/quantity.ts'
import { nameColumn } from '../../table/columns.ts'
import { validateImmutable, validateSelector } from '../../validation/metadata.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'

/** CSIStorageCapacity: how much room a driver has for a class at some place. */
export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  resource: CSIStorageCapacities,
  dataOnly: true,
  validate(capacity, errors) {
    const { storageClassName, nodeTopology } = capacity
    if (!storageClassName) errors.required('storageClassName')
    else errors.check('storageClassName', storageClassName, dnsSubdomain)
    for (const field of ['capacity', 'maximumVolumeSize'] as const) {
      const text = capacity[field]
      const value = text === undefined ? 0 : parseQuantity(text)
      if (value === undefined) errors.invalid(field, text, NOT_A_QUANTITY)
      else if (value < 0) errors.invalid(field, text, 'must be greater than or equal to 0')
    }
    validateSelector(nodeTopology, 'nodeTopology', errors, false)
  },
  validateUpdate(capacity, old, errors) {
    validateImmutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology', errors)
    validateImmutable(capacity.storageClassName, old.storageClassName, 'storageClassName', errors)
  },
  columns: [
    nameColumn,
    { name: 'StorageClassName', type: 'string', description: 'The class that the room is for.', cell: (o) => o.storageClassName },
    { name: 'Capacity', type: 'string', description: 'How much room there is.', cell: (o) => o.capacity ?? '<unset>' },
  ],
})
