import type { ConfigMap } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { configKey } from '../validation/names.ts'
import { validateFrozenData } from './frozen-data.ts'
import { defineKind } from './kind.ts'

const MAX_BYTES = 1024 * 1024

/** ConfigMap. */
export const configMapKind = defineKind<ConfigMap>({
  resource: ConfigMaps,
  shortNames: ['cm'],
  validate({ data = {}, binaryData = {} }, errors) {
    let bytes = 0
    for (const [field, map] of [['data', data], ['binaryData', binaryData]] as const) {
      for (const [key, value] of Object.entries(map)) {
        errors.check(`${field}[${key}]`, key, configKey)
        bytes += Buffer.byteLength(value, field === 'data' ? 'utf8' : 'base64')
      }
    }
    for (const key of Object.keys(binaryData)) if (key in data) errors.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')
    if (bytes > MAX_BYTES) errors.tooLong('', MAX_BYTES)
  },
  validateUpdate: (object, old, errors) => validateFrozenData(object, old, ['data', 'binaryData'], errors),
  columns: [nameColumn, { name: 'Data', type: 'string', cell: (o) => Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length }, ageColumn],
})
