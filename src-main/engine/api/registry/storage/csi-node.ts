import type { CSINode, CSINodeDriver, CSINodeSpec } from '../../../../common/kube/generated/storage-v1.ts'
import { CSINodes } from '../../../../common/kube/kinds.ts'
import { same } from '../../rest/same.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import { validateDriverName } from './driver-name.ts'

const LONGEST_ID = 192

/** CSINode: the volume drivers of a node. */
export const csiNodeKind = defineKind<CSINode>({
  resource: CSINodes,
  dataOnly: true,
  // A typed program writes a list that it leaves empty as null, or not at all.
  defaults(node) {
    const { drivers } = (node.spec as Partial<CSINodeSpec> | undefined) ?? {}
    if (drivers === undefined) node.spec = { drivers: [] }
  },
  validate({ spec: { drivers } }, errors) {
    const names = new Set<string>()
    drivers.forEach((driver, i) => {
      validateDriver(driver, `spec.drivers[${String(i)}]`, errors)
      if (names.has(driver.name)) errors.duplicate(`spec.drivers[${String(i)}].name`, driver.name)
      names.add(driver.name)
    })
  },
  validateUpdate({ spec }, old, errors) {
    spec.drivers.forEach((driver, i) => {
      const before = old.spec.drivers.find(({ name }) => name === driver.name)
      if (before !== undefined && !same(driver, before)) errors.invalid(`spec.drivers[${String(i)}]`, driver, 'field is immutable')
    })
  },
  columns: [nameColumn, { name: 'Drivers', type: 'integer', description: 'How many drivers the node has.', cell: (o) => o.spec.drivers.length }, ageColumn],
})

function validateDriver({ name, nodeID, topologyKeys, allocatable }: CSINodeDriver, path: string, errors: FieldErrors): void {
  validateDriverName(name, `${path}.name`, errors)
  if (!nodeID) errors.required(`${path}.nodeID`)
  else if (nodeID.length > LONGEST_ID) errors.invalid(`${path}.nodeID`, nodeID, `must be ${String(LONGEST_ID)} characters or less`)
  errors.nonNegative(`${path}.allocatable.count`, allocatable?.count)
  const keys = new Set<string>()
  topologyKeys?.forEach((key) => {
    if (key === '') errors.required(`${path}.topologyKeys`)
    else errors.check(`${path}.topologyKeys`, key, qualifiedName)
    if (keys.has(key)) errors.duplicate(`${path}.topologyKeys`, key)
    keys.add(key)
  })
}
