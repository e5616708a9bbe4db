import type { Endpoint, EndpointSlice } from '../../../common/kube/generated/discovery-v1.ts'
import { EndpointSlices } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { validateAddress } from '../validation/addresses.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { dnsLabel, dnsSubdomain, qualifiedName } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
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
  validate: validateSlice,
  validateUpdate: (slice, old, errors) => validateImmutable(slice.addressType, old.addressType, 'addressType', errors),
  columns: [
    nameColumn,
    { name: 'AddressType', type: 'string', cell: (o) => o.addressType },
    { name: 'Ports', type: 'string', cell: (o) => more((o.ports ?? []).map((p) => (p.port === undefined ? '*' : String(p.port))), '<unset>') },
    { name: 'Endpoints', type: 'string', cell: (o) => more((o.endpoints ?? []).flatMap((e) => e.addresses), '<unset>') },
    ageColumn,
  ],
})

function validateSlice(slice: EndpointSlice, errors: FieldErrors): void {
  errors.oneOf('addressType', slice.addressType, ['IPv4', 'IPv6', 'FQDN'])
  const endpoints = slice.endpoints as EndpointSlice['endpoints'] | undefined
  if ((endpoints?.length ?? 0) > MAX_ENDPOINTS) errors.tooMany('endpoints', endpoints?.length ?? 0, MAX_ENDPOINTS)
  endpoints?.forEach((endpoint, i) => validateEndpoint(slice, endpoint, `endpoints[${String(i)}]`, errors))
  const names = new Set<string>()
  slice.ports?.forEach(({ name = '', protocol, appProtocol }, i) => {
    const at = `ports[${String(i)}]`
    errors.check(`${at}.name`, name || undefined, dnsLabel)
    if (names.has(name)) errors.duplicate(`${at}.name`, name)
    names.add(name)
    errors.oneOf(`${at}.protocol`, protocol, PROTOCOLS)
    errors.check(`${at}.appProtocol`, appProtocol, qualifiedName)
  })
}

function validateEndpoint({ addressType }: EndpointSlice, { addresses = [], hostname, nodeName }: Partial<Endpoint>, at: string, errors: FieldErrors): void {
  if (addresses.length === 0) errors.required(`${at}.addresses`, 'must contain at least 1 address')
  if (addresses.length > MAX_ADDRESSES) errors.tooMany(`${at}.addresses`, addresses.length, MAX_ADDRESSES)
  addresses.forEach((address, i) => {
    const field = `${at}.addresses[${String(i)}]`
    if (addressType === 'IPv4' || addressType === 'IPv6') return validateAddress(field, address, errors, addressType)
    errors.check(field, address, (text) => dnsSubdomain(text.replace(/\.$/, '')))
  })
  errors.check(`${at}.nodeName`, nodeName, dnsSubdomain)
  errors.check(`${at}.hostname`, hostname, dnsLabel)
}

function more(values: readonly string[], none: string): string {
  const rest = values.length - SHOWN
  return joined(values.slice(0, SHOWN), none) + (rest > 0 ? ` + ${String(rest)} more...` : '')
}
