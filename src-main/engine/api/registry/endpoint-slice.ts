import type { EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { EndpointSlices } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'

const MAX_ENDPOINTS = 1000
const SHOWN = 3

/** EndpointSlice: which addresses serve a Service. */
export const endpointSliceKind = defineKind<EndpointSlice>({
  resource: EndpointSlices,
  hasGeneration: true,
  defaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  validate(slice, errors) {
    errors.oneOf('addressType', slice.addressType, ['IPv4', 'IPv6', 'FQDN'])
    const endpoints = slice.endpoints as EndpointSlice['endpoints'] | undefined
    if ((endpoints?.length ?? 0) > MAX_ENDPOINTS) errors.tooMany('endpoints', endpoints?.length ?? 0, MAX_ENDPOINTS)
    endpoints?.forEach((endpoint, i) => {
      if ((endpoint.addresses?.length ?? 0) === 0) errors.required(`endpoints[${String(i)}].addresses`, 'must contain at least 1 address')
    })
    const names = new Set<string>()
    slice.ports?.forEach((port, i) => {
      if (names.has(port.name ?? '')) errors.duplicate(`ports[${String(i)}].name`, port.name ?? '')
      names.add(port.name ?? '')
    })
  },
  validateUpdate: (slice, old, errors) => validateImmutable(slice.addressType, old.addressType, 'addressType', errors),
  columns: [
    nameColumn,
    { name: 'AddressType', type: 'string', cell: (o) => o.addressType },
    { name: 'Ports', type: 'string', cell: (o) => more((o.ports ?? []).map((p) => (p.port === undefined ? '*' : String(p.port))), '<unset>') },
    { name: 'Endpoints', type: 'string', cell: (o) => more((o.endpoints ?? []).flatMap((e) => e.addresses), '<unset>') },
    ageColumn,
  ],
})

function more(values: readonly string[], none: string): string {
  const rest = values.length - SHOWN
  return joined(values.slice(0, SHOWN), none) + (rest > 0 ? ` + ${String(rest)} more...` : '')
}
