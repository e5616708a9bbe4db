import type { PodTemplate } from '../../../common/kube/generated/core-v1.ts'
import { PodTemplates } from '../../../common/kube/kinds.ts'
import { nameColumn, pairs } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import { defaultPodSpec } from './pod-spec/defaults.ts'
import { validatePodTemplate } from './pod-spec/validate.ts'

/** PodTemplate: a pod to be made by whoever reads it; here, as upstream, nobody does. */
export const podTemplateKind = defineKind<PodTemplate>({
  resource: PodTemplates,
  dataOnly: true,
  hasGeneration: true,
  defaults({ template }) {
    if (template?.spec === undefined) return
    defaultPodSpec(template.spec)
    template.metadata ??= {}
  },
  validate: ({ template }, errors) => validatePodTemplate(template, 'template', errors, ['Always', 'OnFailure', 'Never']),
  columns: [
    nameColumn,
    { name: 'Containers', type: 'string', description: 'Names of each container in the template.', cell: (o) => (o.template?.spec?.containers ?? []).map((c) => c.name).join(',') },
    { name: 'Images', type: 'string', description: 'Images referenced by each container in the template.', cell: (o) => (o.template?.spec?.containers ?? []).map((c) => c.image ?? '').join(',') },
    { name: 'Pod Labels', type: 'string', description: 'The labels for the pod template.', cell: (o) => pairs(o.template?.metadata?.labels) },
  ],
})
