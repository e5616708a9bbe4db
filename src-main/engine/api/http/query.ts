import { badRequest } from '../../../common/errors.ts'
import type { DeleteOptions } from '../../../common/kube/generated/meta-v1.ts'
import type { ListRequest } from '../rest/read.ts'

const DRY_RUN = 'All'

/** The query of a list or watch. */
export function listRequestOf(query: URLSearchParams, namespace: string): ListRequest {
  const request: ListRequest = { namespace }
  for (const field of ['labelSelector', 'fieldSelector', 'continue', 'resourceVersion', 'resourceVersionMatch'] as const) {
    const value = query.get(field)
    if (value !== null && value !== '') request[field] = value
  }
  const limit = wholeNumber(query, 'limit')
  if (limit !== undefined) request.limit = limit
  return request
}

/** A whole number of a query; undefined when absent or empty, BadRequest when it is none. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a whole number that is not negative`)
  return Number(text)
}

/** `true`, `1`, or a bare name count as yes. */
export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name)
  return text !== null && text !== 'false' && text !== '0'
}

/** Does the query (or the delete's body) ask for a dry run? BadRequest for anything but `All`. */
export function isDryRun(values: readonly string[]): boolean {
  for (const value of values) if (value !== DRY_RUN && value !== '') throw badRequest(`dryRun: Unsupported value: "${value}": supported values: "${DRY_RUN}"`)
  return values.includes(DRY_RUN)
}

/** The delete options of a query, which older clients and curl use in place of a body. */
export function deleteOptionsOf(query: URLSearchParams): DeleteOptions {
  const grace = wholeNumber(query, 'gracePeriodSeconds')
  const policy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }), ...(policy ? { propagationPolicy: policy } : {}), ...(orphan ? { orphanDependents: orphan === 'true' } : {}),
  }
}
