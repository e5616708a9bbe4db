import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import { StorageClasses } from '../../../common/kube/kinds.ts'
import { isServerLossPolicy, ON_SERVER_LOSS_PARAMETER, SERVER_LOSS_POLICIES } from '../../../common/kube/claim-data.ts'
import { DEFAULT_CLASS, DOCKER_VOLUME_DRIVER } from '../../../common/kube/volumes.ts'
import { same } from '../rest/same.ts'
import { ageColumn } from '../table/columns.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { qualifiedName } from '../validation/names.ts'
import { defineKind } from './kind.ts'

/** StorageClass. Nothing of one can change but labels, annotations, expansion and topology. */
export const storageClassKind = defineKind<StorageClass>({
  resource: StorageClasses,
  shortNames: ['sc'],
  defaults(storageClass) {
    storageClass.reclaimPolicy ||= 'Delete'
    storageClass.volumeBindingMode ||= 'Immediate'
  },
  validate(storageClass, errors) {
    const { provisioner, reclaimPolicy, volumeBindingMode, parameters = {} } = storageClass
    const wrong = provisioner ? qualifiedName(provisioner.toLowerCase()) : undefined
    if (!provisioner) errors.required('provisioner')
    else if (wrong !== undefined) errors.invalid('provisioner', provisioner, wrong)
    errors.oneOf('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain'])
    errors.oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'])
    if ('' in parameters) errors.invalid('parameters', '', 'field can not be empty.')
    if (provisioner !== DOCKER_VOLUME_DRIVER) return
    for (const key of Object.keys(parameters)) if (key !== ON_SERVER_LOSS_PARAMETER) errors.notSupported('parameters', key, [ON_SERVER_LOSS_PARAMETER])
    const policy = parameters[ON_SERVER_LOSS_PARAMETER]
    if (policy !== undefined && !isServerLossPolicy(policy)) errors.notSupported(`parameters[${ON_SERVER_LOSS_PARAMETER}]`, policy, SERVER_LOSS_POLICIES)
  },
  validateUpdate(storageClass, old, errors) {
    if (!same(storageClass.parameters ?? {}, old.parameters ?? {})) errors.forbidden('parameters', 'updates to parameters are forbidden.')
    if (storageClass.provisioner !== old.provisioner) errors.forbidden('provisioner', 'updates to provisioner are forbidden.')
    validateImmutable(storageClass.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy', errors)
    validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode', errors)
  },
  columns: [
    { name: 'Name', type: 'string', format: 'name', description: 'Name must be unique within a namespace.', cell: (o) => `${o.metadata.name}${o.metadata.annotations?.[DEFAULT_CLASS] === 'true' ? ' (default)' : ''}` },
    { name: 'Provisioner', type: 'string', cell: (o) => o.provisioner },
    { name: 'ReclaimPolicy', type: 'string', cell: (o) => o.reclaimPolicy ?? '' },
    { name: 'VolumeBindingMode', type: 'string', cell: (o) => o.volumeBindingMode ?? '<unset>' },
    { name: 'AllowVolumeExpansion', type: 'string', cell: (o) => o.allowVolumeExpansion ?? false },
    ageColumn,
  ],
})
