import type { Endpoints } from '../../../common/kube/generated/core-v1.ts'
import { EndpointsResource } from '../../../common/kube/kinds.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { portNumber } from '../validation/names.ts'
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
      subset.ports?.forEach((port, j) => {
        const wrong = portNumber(port.port)
        if (wrong !== undefined) errors.invalid(`${at}.ports[${String(j)}].port`, port.port, wrong)
        if ((subset.ports?.length ?? 0) > 1 && !port.name) errors.required(`${at}.ports[${String(j)}].name`)
      })
    })
  },
  columns: [nameColumn, { name: 'Endpoints', type: 'string', description: 'The set of all endpoints.', cell: endpointsText }, ageColumn],
})

function endpointsText(endpoints: Endpoints): string {
  const all = (endpoints.subsets ?? []).flatMap((subset) => {
    const ports = subset.ports ?? []
    return (subset.addresses ?? []).flatMap(({ ip }) => (ports.length === 0 ? [ip] : ports.map((port) => `${ip}:${String(port.port)}`)))
  })
  const rest = all.length - SHOWN
  return joined(all.slice(0, SHOWN)) + (rest > 0 ? ` + ${String(rest)} more...` : '')
}
