import { stringify } from 'yaml'
import type { KubeObject } from '../../common/kube/object.ts'
import { LAST_APPLIED, REVISION } from '../../common/kube/well-known.ts'


/** An object as YAML. `editable`: what a person could write and apply again, also after the object is gone; `whole`: all but the bookkeeping of who owns which field. */
export function toYaml(object: Readonly<KubeObject> | Readonly<Record<string, unknown>>, scope: 'editable' | 'whole'): string {
  const copy = structuredClone(object) as { metadata?: Record<string, unknown>; status?: unknown; spec?: Record<string, unknown>; kind?: string }
  if (copy.metadata !== undefined) delete copy.metadata['managedFields']
  if (scope === 'editable') strip(copy)
  return stringify(copy, { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false })
}

function strip(object: { metadata?: Record<string, unknown>; status?: unknown; spec?: Record<string, unknown>; kind?: string }): void {
  delete object.status
  const { metadata, spec } = object
  if (metadata !== undefined) {
    for (const field of ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'selfLink', 'ownerReferences', 'deletionTimestamp', 'deletionGracePeriodSeconds']) delete metadata[field]
    const annotations = metadata['annotations'] as Record<string, string> | undefined
    if (annotations !== undefined) {
      for (const ours of [LAST_APPLIED, REVISION]) delete annotations[ours]
      if (Object.keys(annotations).length === 0) delete metadata['annotations']
    }
  }
  if (spec === undefined) return
  // Given out by the cluster: another object may have them by then.
  if (object.kind === 'Service' && spec['clusterIP'] !== 'None') {
    delete spec['clusterIP']
    delete spec['clusterIPs']
  }
  if (object.kind === 'Pod') delete spec['nodeName']
  if (object.kind === 'Namespace') delete object.spec
}
