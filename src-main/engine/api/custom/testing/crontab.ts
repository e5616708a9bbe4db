import type { CustomResourceDefinitionVersion } from '../../../../common/kube/generated/apiextensions-v1.ts'
import type { Resource } from '../../../../common/kube/resource.ts'

/** A structural schema with a bit of everything, as it stands in a definition. */
export const CRONTAB_SCHEMA = {
  type: 'object',
  description: 'A job that runs now and then.',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      description: 'What is wanted.',
      required: ['cron'],
      properties: {
        cron: { type: 'string', pattern: '^(\\d+|\\*)( (\\d+|\\*)){4}$', description: 'When it runs.' },
        image: { type: 'string', default: 'busybox', maxLength: 40 },
        replicas: { type: 'integer', format: 'int32', minimum: 0, maximum: 10, default: 1 },
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        note: { type: 'string', nullable: true },
        mode: { type: 'string', enum: ['fast', 'slow'] },
        at: { type: 'string', format: 'date-time' },
        steps: { type: 'array', maxItems: 5, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 20 }, retries: { type: 'integer', default: 3 } } } },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' }, maxItems: 10 },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: { type: 'object', properties: { a: { type: 'string' } } } } },
        template: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } },
      },
    },
    status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, conditions: { type: 'array', items: { type: 'object', required: ['type'], properties: { type: { type: 'string' }, status: { type: 'string' } } } } } },
  },
} as const

/** A definition of `crontabs.stable.example.com`, with what differs. */
export function cronTabDefinition(version: Partial<CustomResourceDefinitionVersion> = {}, spec: object = {}, group = 'stable.example.com'): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `crontabs.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { plural: 'crontabs', kind: 'CronTab', shortNames: ['ct'], categories: ['all'] },
      versions: [{
        name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: CRONTAB_SCHEMA }, subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } },
        additionalPrinterColumns: [{ name: 'Cron', type: 'string', jsonPath: '.spec.cron' }, { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 }, { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' }, { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
        selectableFields: [{ jsonPath: '.spec.mode' }],
        ...version,
      }],
      ...spec,
    },
  }
}

export const CronTabs: Resource = { group: 'stable.example.com', version: 'v1', kind: 'CronTab', plural: 'crontabs', namespaced: true }

/** A CronTab. */
export function cronTab(name: string, spec: object = {}): Record<string, unknown> {
  return { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name }, spec: { cron: '* * * * 5', ...spec } }
}
