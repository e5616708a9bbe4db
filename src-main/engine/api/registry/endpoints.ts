import type { EndpointAddress, Endpoints } from '../../../common/kube/generated/core-v1.ts'
import { EndpointsResource } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { validateAddress } from '../validation/addresses.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain, portNumber } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const SHOWN = 3

/** Endpoints: the older form of EndpointSlice, kept for older clients. */
export const endpointsKind = defineKind<Endpoints>({
  resource: EndpointsResource,
  shortNames: ['ep'],
  defaults(endpoints) {
    for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ??= 'TCP'
  },
  validate(endpoints, errors) {
    endpoints.subsets?.forEach((subset, i) => {
      const at = `subsets[${String(i)}]`
      if ((subset.addresses?.length ?? 0) + (subset.notReadyAddresses?.length ?? 0) === 0) errors.required(at, 'must specify `addresses` or `notReadyAddresses`')
      for (const kind of ['addresses', 'notReadyAddresses'] as const) subset[kind]?.forEach((address, j) => validateOne(address, `${at}.${kind}[${String(j)}]`, errors))
      subset.ports?.forEach((port, j) => {
        errors.check(`${at}.ports[${String(j)}].port`, (port.port as number | undefined) ?? 0, portNumber)
        errors.check(`${at}.ports[${String(j)}].name`, port.name || undefined, dnsLabel)
        if ((subset.ports?.length ?? 0) > 1 && !port.name) errors.required(`${at}.ports[${String(j)}].name`)
        errors.oneOf(`${at}.ports[${String(j)}].protocol`, port.protocol, ['SCTP', 'TCP', 'UDP'])
      })
    })
  },
  columns: [nameColumn, { name: 'Endpoints', type: 'string', description: 'The set of all endpoints.', cell: endpointsText }, ageColumn],
})

function validateOne({ ip, hostname, nodeName }: EndpointAddress, at: string, errors: FieldErrors): void {
  validateAddress(`${at}.ip`, ip, errors)
  errors.check(`${at}.hostname`, hostname || undefined, dnsLabel)
  errors.check(`${at}.nodeName`, nodeName, dnsSubdomain)
}

function endpointsText(endpoints: Endpoints): string {
  const all = (endpoints.subsets ?? []).flatMap((subset) => {
    const ports = subset.ports ?? []
    return (subset.addresses ?? []).flatMap(({ ip }) => (ports.length === 0 ? [ip] : ports.map((port) => `${ip}:${String(port.port)}`)))
  })
  const rest = all.length - SHOWN
  return joined(all.slice(0, SHOWN)) + (rest > 0 ? ` + ${String(rest)} more...` : '')
}
