import type { Scale } from '../../../common/kube/generated/autoscaling-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { apiVersionOf, groupVersionOf } from '../../../common/kube/resource.ts'
import { applyConfiguration } from '../apply/apply-configuration.ts'
import { SCALE_VERSION, parentRecord, scaleRecord } from '../apply/scale-record.ts'
import type { Kind } from '../registry/kind.ts'
import { checkedConfiguration } from './apply.ts'
import type { Core, WriteOptions } from './core.ts'
import { setRecord, writerOf } from './record.ts'
import { SCALE, changeScale } from './subresources.ts'

const REPLICAS = ['spec', 'replicas']

/**
 * Server-side apply of a Scale: decided on the scale, whose record says who owns the replicas, and then told in the object's own. Never creates. A configuration without replicas that had some
 * before gives them up, and then there are none: upstream's rule.
 */
export async function applyScale(core: Core, kind: Kind, namespace: string, name: string, given: Record<string, unknown>, force: boolean, options: WriteOptions): Promise<Scale> {
  const config = checkedConfiguration(given, name, options)
  const schema = core.schemas.node(SCALE)
  const views = (apiVersion: string) => (apiVersion === SCALE_VERSION ? { schema, of: (object: KubeObject) => object } : undefined)
  const paths = (apiVersion: string): readonly string[] | undefined => {
    const served = core.registry.findKind({ ...groupVersionOf(apiVersion), kind: kind.resource.kind })
    return served === undefined ? undefined : served.scale?.path ?? REPLICAS
  }
  const writer = { ...writerOf(core, kind, 'Apply', 'scale', options), apiVersion: SCALE_VERSION }
  return changeScale(core, kind, namespace, name, (scale, current) => {
    const live = { ...scale, metadata: { ...scale.metadata, managedFields: scaleRecord(current.metadata.managedFields ?? [], paths) } } as unknown as KubeObject
    return applyConfiguration({ live, config, schema, views, writer, force, part: 'main', hasStatus: true })
  }, { ...options, isApply: true }, (next, wanted) => {
    setRecord(next, parentRecord(next.metadata.managedFields ?? [], wanted.metadata?.managedFields ?? [], paths, apiVersionOf(kind.resource)))
  })
}

