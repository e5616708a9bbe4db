import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import { Secrets } from '../../../common/kube/kinds.ts'
import { TOKEN_ACCOUNT, TOKEN_SECRET } from '../../../common/kube/token-secret.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { configKey } from '../validation/names.ts'
import { validateFrozenData } from './frozen-data.ts'
import { defineKind } from './kind.ts'

const MAX_BYTES = 1024 * 1024
/** The keys that a typed secret must have. */
const REQUIRED_KEYS: Record<string, readonly string[]> = {
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'], 'kubernetes.io/dockercfg': ['.dockercfg'], 'kubernetes.io/tls': ['tls.crt', 'tls.key'], 'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

/** Secret. `stringData` becomes `data` at every write and is never read back. */
export const secretKind = defineKind<Secret>({
  resource: Secrets,
  defaults(secret) {
    secret.type ||= 'Opaque'
    if (secret.stringData === undefined) return
    const encoded = Object.entries(secret.stringData).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
    secret.data = { ...secret.data, ...(Object.fromEntries(encoded) as Record<string, string>) }
    delete secret.stringData
  },
  validate({ data = {}, type = '', metadata }, errors) {
    let bytes = 0
    for (const [key, value] of Object.entries(data)) {
      errors.check(`data[${key}]`, key, configKey)
      if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) errors.invalid(`data[${key}]`, '<secret>', 'illegal base64 data')
      bytes += Buffer.byteLength(value, 'base64')
    }
    if (bytes > MAX_BYTES) errors.tooLong('data', MAX_BYTES)
    for (const key of REQUIRED_KEYS[type] ?? []) if (!(key in data)) errors.required(`data[${key}]`)
    if (type === TOKEN_SECRET && !metadata.annotations?.[TOKEN_ACCOUNT]) errors.required(`metadata.annotations[${TOKEN_ACCOUNT}]`)
    if (type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
      errors.required('data[username]')
      errors.required('data[password]')
    }
  },
  validateUpdate(secret, old, errors) {
    validateImmutable(secret.type, old.type, 'type', errors)
    validateFrozenData(secret, old, ['data'], errors)
  },
  selectableFields: ['type'],
  selectableField: (secret) => secret.type ?? '',
  columns: [
    nameColumn, { name: 'Type', type: 'string', description: 'Used to facilitate programmatic handling of secret data.', cell: (o) => o.type ?? '' },
    { name: 'Data', type: 'string', cell: (o) => Object.keys(o.data ?? {}).length }, ageColumn,
  ],
})
