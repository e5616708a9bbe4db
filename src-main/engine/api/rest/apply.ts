import { badRequest, hasReason, invalid, notFound } from '../../../common/errors.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import { type AppliedPart, applyConfiguration } from '../apply/apply-configuration.ts'
import type { Kind } from '../registry/kind.ts'
import type { Core, WriteOptions } from './core.ts'
import { create } from './create.ts'
import { viewsOf, writerOf } from './record.ts'
import { change } from './update.ts'

/** What came of an apply. */
export interface Applied {
  object: KubeObject
  created: boolean
}

/** Server-side apply of a configuration that its schema has been read by: creates the object (never by its status) or merges into it. Needs a field manager. */
export async function apply(core: Core, kind: Kind, namespace: string, name: string, config: Record<string, unknown>, force: boolean, part: AppliedPart, options: WriteOptions): Promise<Applied> {
  const body = checkedConfiguration(config, name, options)
  const { metadata } = body
  const schema = core.schemas.node(kind.resource)
  const writer = writerOf(core, kind, 'Apply', part === 'main' ? '' : part, options)
  const decide = (live: KubeObject | undefined): unknown => applyConfiguration({ live, config: body, schema, views: viewsOf(core, kind), writer, force, part, hasStatus: kind.hasStatus === true })
  const write = { ...options, isApply: true }
  try {
    return { object: await change(core, kind, namespace, name, part, 'apply', decide, write), created: false }
  } catch (error) {
    if (!hasReason(error, 'NotFound') || part === 'status') throw error
    // An apply that names a UID means one certain object, and that one is gone.
    if (metadata.uid) throw notFound(groupResourceOf(kind.resource), name)
    return { object: await create(core, kind, namespace, decide(undefined), write), created: true }
  }
}

/** A configuration that may be applied to the object of this name: whose manager is known, and which says nothing of who owns what. */
export function checkedConfiguration(config: Record<string, unknown>, name: string, options: WriteOptions): Record<string, unknown> & Pick<KubeObject, 'metadata'> {
  if (!options.fieldManager) throw invalid('meta.k8s.io', 'PatchOptions', '', [{ reason: 'FieldValueRequired', field: 'fieldManager', message: 'Required value: is required for apply patch' }])
  const metadata = (config['metadata'] ?? {}) as KubeObject['metadata']
  if (metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  return { ...config, metadata: { ...metadata, name: metadata.name || name } }
}
