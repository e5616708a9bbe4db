import type { V1CustomResourceDefinition, V1ObjectMeta } from '@kubernetes/client-node'

export const GROUP = 'sites.example.com'
export const VERSION = 'v1'
export const PLURAL = 'websites'
export const FINALIZER = 'sites.example.com/say-goodbye'

/** What somebody wants: a page, served by so many pods. */
export interface Website {
  apiVersion: string
  kind: string
  metadata: V1ObjectMeta & { name: string }
  spec: { page: string; replicas?: number }
  status?: { observedGeneration?: number; readyReplicas?: number; selector?: string; conditions?: { type: string; status: string; reason: string; message: string; lastTransitionTime: string }[] }
}

const text = { type: 'string' }
const condition = { type: 'object', required: ['type', 'status'], properties: { type: text, status: { type: 'string', _enum: ['True', 'False', 'Unknown'] }, reason: text, message: text, lastTransitionTime: { type: 'string', format: 'date-time' } } }

/** The kind: with a schema, a default, status and scale subresources, and columns. */
export const WEBSITES: V1CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${PLURAL}.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Website', listKind: 'WebsiteList', plural: PLURAL, singular: 'website', shortNames: ['site'] },
    versions: [{
      name: VERSION,
      served: true,
      storage: true,
      subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.readyReplicas', labelSelectorPath: '.status.selector' } },
      additionalPrinterColumns: [{ name: 'Wanted', type: 'integer', jsonPath: '.spec.replicas' }, { name: 'Ready', type: 'integer', jsonPath: '.status.readyReplicas' }],
      schema: {
        openAPIV3Schema: {
          type: 'object',
          required: ['spec'],
          properties: {
            spec: { type: 'object', required: ['page'], properties: { page: { type: 'string', minLength: 1 }, replicas: { type: 'integer', minimum: 0, maximum: 10, _default: 1 } } },
            status: {
              type: 'object',
              properties: {
                observedGeneration: { type: 'integer' }, readyReplicas: { type: 'integer' }, selector: text,
                conditions: { type: 'array', items: condition, x_kubernetes_list_type: 'map', x_kubernetes_list_map_keys: ['type'] },
              },
            },
          },
        },
      },
    }],
  },
}
