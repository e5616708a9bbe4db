import type { ProjectedVolumeSource, VolumeProjection } from '../../../../common/kube/generated/core-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { validateDownwardFile, validateFilePath, validateKeyPath } from './volume-items.ts'

const LEAST_TOKEN_S = 600
const MOST_TOKEN_S = 2 ** 32

/** Checks a projected volume: each source is one thing, and no two write the same file. */
export function validateProjected({ sources = [] }: ProjectedVolumeSource, path: string, errors: FieldErrors): void {
  const paths = new Set<string>()
  const takes: Takes = (file, at) => {
    if (!file) return
    if (paths.has(file)) errors.invalid(at, file, 'conflicting duplicate paths')
    paths.add(file)
  }
  sources.forEach((source, i) => validateSource(source, `${path}.sources[${String(i)}]`, takes, errors))
}

/** Where a source's file goes: `at` is the field that says so. */
type Takes = (file: string | undefined, at: string) => void

function validateSource(source: VolumeProjection, path: string, takes: Takes, errors: FieldErrors): void {
  const given = Object.keys(source) as (keyof VolumeProjection)[]
  given.slice(1).forEach((one) => errors.forbidden(`${path}.${one}`, 'may not specify more than 1 volume type'))
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source
  for (const [field, reference] of [['configMap', configMap], ['secret', secret]] as const) {
    if (reference === undefined) continue
    if (!reference.name) errors.required(`${path}.${field}.name`)
    reference.items?.forEach((item, i) => {
      const at = `${path}.${field}.items[${String(i)}]`
      validateKeyPath(item, at, errors)
      takes(item.path, `${at}.path`)
    })
  }
  downwardAPI?.items?.forEach((item, i) => {
    const at = `${path}.downwardAPI.items[${String(i)}]`
    validateDownwardFile(item, at, errors)
    takes(item.path, `${at}.path`)
  })
  if (serviceAccountToken !== undefined) {
    const { expirationSeconds = LEAST_TOKEN_S, path: file } = serviceAccountToken
    const at = `${path}.serviceAccountToken`
    if (expirationSeconds < LEAST_TOKEN_S) errors.invalid(`${at}.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes')
    if (expirationSeconds > MOST_TOKEN_S) errors.invalid(`${at}.expirationSeconds`, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')
    validateFilePath(file, `${at}.path`, errors)
    takes(file, `${at}.path`)
  }
  if (clusterTrustBundle !== undefined) errors.forbidden(`${path}.clusterTrustBundle`, 'trust bundles are an alpha feature that this cluster does not have: put the certificates in a ConfigMap and project that')
}
