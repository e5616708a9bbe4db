import type { Volume } from '../../../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsLabel } from '../../validation/names.ts'
import { validateProjected } from './projected.ts'
import { validateDownwardFile, validateFileMode, validateInlineDriver, validateKeyPath } from './volume-items.ts'

const HOST_PATH_TYPES = ['', 'DirectoryOrCreate', 'Directory', 'FileOrCreate', 'File', 'Socket', 'CharDevice', 'BlockDevice']

/** Checks volumes, and returns their names. */
export function validateVolumes(volumes: readonly Volume[] | undefined, path: string, errors: FieldErrors): Set<string> {
  const names = new Set<string>()
  volumes?.forEach((volume, i) => {
    const at = `${path}[${String(i)}]`
    if (!volume.name) errors.required(`${at}.name`)
    else {
      errors.check(`${at}.name`, volume.name, dnsLabel)
      if (names.has(volume.name)) errors.duplicate(`${at}.name`, volume.name)
      names.add(volume.name)
    }
    const sources = Object.keys(volume).filter((key) => key !== 'name')
    if (sources.length === 0) errors.required(at, 'must specify a volume type')
    sources.slice(1).forEach((source) => errors.forbidden(`${at}.${source}`, 'may not specify more than 1 volume type'))
    validateSource(volume, at, errors)
  })
  return names
}

function validateSource(volume: Volume, path: string, errors: FieldErrors): void {
  const { hostPath, configMap, secret, persistentVolumeClaim, projected } = volume
  if (hostPath !== undefined) {
    if (!hostPath.path) errors.required(`${path}.hostPath.path`)
    else if (hostPath.path.split('/').includes('..')) errors.invalid(`${path}.hostPath.path`, hostPath.path, "must not contain '..'")
    if (hostPath.type !== undefined && !HOST_PATH_TYPES.includes(hostPath.type)) errors.notSupported(`${path}.hostPath.type`, hostPath.type, HOST_PATH_TYPES)
  }
  const { nfs, ephemeral, emptyDir } = volume
  if (nfs !== undefined) {
    if (!nfs.server) errors.required(`${path}.nfs.server`)
    if (!nfs.path) errors.required(`${path}.nfs.path`)
    else if (!nfs.path.startsWith('/')) errors.invalid(`${path}.nfs.path`, nfs.path, 'must be an absolute path')
  }
  if (ephemeral !== undefined && ephemeral.volumeClaimTemplate === undefined) errors.required(`${path}.ephemeral.volumeClaimTemplate`)
  else if (ephemeral !== undefined && (ephemeral.volumeClaimTemplate?.spec as unknown) === undefined) errors.required(`${path}.ephemeral.volumeClaimTemplate.spec`)
  if (emptyDir?.sizeLimit !== undefined && (parseQuantity(emptyDir.sizeLimit) ?? -1) < 0) errors.invalid(`${path}.emptyDir.sizeLimit`, emptyDir.sizeLimit, 'SizeLimit field must be a valid resource quantity')
  if (configMap !== undefined && !configMap.name) errors.required(`${path}.configMap.name`)
  if (secret !== undefined && !secret.secretName) errors.required(`${path}.secret.secretName`)
  if (projected !== undefined) validateProjected(projected, `${path}.projected`, errors)
  if (persistentVolumeClaim !== undefined && !persistentVolumeClaim.claimName) errors.required(`${path}.persistentVolumeClaim.claimName`)
  for (const [source, mode] of [['configMap', configMap?.defaultMode], ['secret', secret?.defaultMode], ['projected', projected?.defaultMode], ['downwardAPI', volume.downwardAPI?.defaultMode]] as const) {
    validateFileMode(mode, `${path}.${source}.defaultMode`, errors)
  }
  for (const [source, items] of [['configMap', configMap?.items], ['secret', secret?.items]] as const) {
    items?.forEach((item, i) => validateKeyPath(item, `${path}.${source}.items[${String(i)}]`, errors))
  }
  volume.downwardAPI?.items?.forEach((item, i) => validateDownwardFile(item, `${path}.downwardAPI.items[${String(i)}]`, errors))
  if (volume.csi !== undefined) validateInlineDriver(volume.csi, `${path}.csi`, errors)
}
