import type { VolumeAttachment, VolumeAttachmentSpec } from '../../../../common/kube/generated/storage-v1.ts'
import { VolumeAttachments } from '../../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../../table/columns.ts'
import { validateImmutable } from '../../validation/metadata.ts'
import { dnsSubdomain } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import { validateDriverName } from './driver-name.ts'

/** VolumeAttachment: a volume is wanted on a node. */
export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  resource: VolumeAttachments,
  dataOnly: true,
  hasStatus: true,
  prepareForCreate(attachment) {
    attachment.status = { attached: false }
  },
  validate({ spec }, errors) {
    const { attacher, nodeName, source } = (spec as Partial<VolumeAttachmentSpec> | undefined) ?? {}
    validateDriverName(attacher, 'spec.attacher', errors)
    if ((source?.inlineVolumeSpec === undefined) === (source?.persistentVolumeName === undefined)) {
      errors.required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName')
    } else if (source?.persistentVolumeName !== undefined) {
      if (source.persistentVolumeName === '') errors.required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')
      else errors.check('spec.source.persistentVolumeName', source.persistentVolumeName, dnsSubdomain)
    }
    errors.check('spec.nodeName', nodeName ?? '', dnsSubdomain)
  },
  validateUpdate: ({ spec }, old, errors) => validateImmutable(spec, old.spec, 'spec', errors),
  columns: [
    nameColumn,
    { name: 'Attacher', type: 'string', description: 'The driver that attaches it.', cell: (o) => o.spec.attacher },
    { name: 'PV', type: 'string', description: 'The volume.', cell: (o) => o.spec.source.persistentVolumeName ?? '' },
    { name: 'Node', type: 'string', description: 'The node that it is wanted on.', cell: (o) => o.spec.nodeName },
    { name: 'Attached', type: 'boolean', description: 'Whether it is there.', cell: (o) => o.status?.attached ?? false },
    ageColumn,
  ],
})
