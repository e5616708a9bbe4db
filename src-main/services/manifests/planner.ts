import type { ObjectRef, Plan, PlannedChange, Problem } from '../../common/contract/index.ts'
import { hasReason, StatusError, toStatusError } from '../../common/errors.ts'
import type { CustomResourceDefinition } from '../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions } from '../../common/kube/kinds.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { apiVersionOf, groupResourceOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { LAST_APPLIED } from '../../common/kube/well-known.ts'
import type { ManifestDocument } from './documents.ts'
import { parseManifests } from './documents.ts'
import { findingProblems, statusProblems } from './findings.ts'
import type { ManifestApi } from './manifest-api.ts'
import { toYaml } from './text.ts'
import { threeWayMerge } from './three-way.ts'

/** One document ready to be applied. */
export interface Step {
  readonly document: ManifestDocument
  readonly resource: Resource
  readonly ref: ObjectRef
  /** What is there now; undefined: it will be created. */
  readonly live: Readonly<KubeObject> | undefined
  /** What to send; an update carries the revision that it was planned against. */
  readonly body: Record<string, unknown>
  readonly change: PlannedChange
}

/** Plans a text: every document read, checked against its schema, and tried on the server without writing. */
export async function planText(api: ManifestApi, text: string): Promise<{ steps: Step[]; plan: Plan }> {
  const { documents, problems } = parseManifests(text)
  if (documents.length === 0 && problems.length === 0) problems.push({ severity: 'error', message: 'There is nothing to apply: the text is empty.', line: 1, column: 1 })
  const steps: Step[] = []
  for (const document of documents) {
    const found = await planDocument(api, document, steps)
    if ('problems' in found) problems.push(...found.problems)
    else steps.push(found)
  }
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  return { steps, plan: { changes: steps.map(({ change }) => change), problems } }
}

async function planDocument(api: ManifestApi, document: ManifestDocument, earlier: readonly Step[]): Promise<Step | { problems: Problem[] }> {
  const named = identify(api, document, earlier)
  if ('problems' in named) return named
  const { resource, ref } = named
  if (earlier.some((step) => step.resource.kind === resource.kind && step.ref.namespace === ref.namespace && step.ref.name === ref.name)) {
    return { problems: [at(document, ['metadata', 'name'], `${ref.kind} "${ref.name}" is in this text twice.`)] }
  }
  const schema = api.schema(resource)
  const findings = findingProblems(document, api.check(resource, document.body), schema)
  if (findings.length > 0) return { problems: findings }
  const desired = withMetadata(document.body, resource.namespaced ? { namespace: ref.namespace } : {})
  for (let tries = 1; ; tries++) {
    try {
      const live = await api.get(resource, ref.namespace, ref.name)
      const body = live === undefined ? withLastApplied(desired, desired) : merged(live, desired, schema)
      const after = live === undefined ? await tryCreate(api, resource, ref, body, earlier) : await api.update(resource, ref.namespace, ref.name, body, true)
      return { document, resource, ref, live, body, change: changeOf(ref, live, after) }
    } catch (error) {
      // Somebody wrote between the two: the plan is of what is there now.
      if (hasReason(error, 'Conflict') && tries < PLAN_TRIES) continue
      return { problems: statusProblems(document, toStatusError(error)) }
    }
  }
}

/** Controllers may write an object's status several times a second. */
const PLAN_TRIES = 5

/** Which object a document is about. */
function identify(api: ManifestApi, document: ManifestDocument, earlier: readonly Step[]): { resource: Resource; ref: ObjectRef } | { problems: Problem[] } {
  const { apiVersion, kind, metadata } = document.body
  const no = (path: string[], message: string): { problems: Problem[] } => ({ problems: [at(document, path, message)] })
  if (typeof apiVersion !== 'string' || apiVersion === '') return no(['apiVersion'], 'apiVersion is missing: for example v1, or apps/v1 for a Deployment.')
  if (typeof kind !== 'string' || kind === '') return no(['kind'], 'kind is missing: for example Deployment or Service.')
  const isMeant = (r: Resource): boolean => r.kind === kind && apiVersionOf(r) === apiVersion
  const resource = api.kinds().find(isMeant) ?? definedIn(earlier).find(isMeant)
  if (resource === undefined) {
    const other = api.kinds().find((r) => r.kind.toLowerCase() === kind.toLowerCase())
    if (other === undefined) return no(['kind'], `This cluster has no kind "${kind}" (${apiVersion}).`)
    return other.kind === kind
      ? no(['apiVersion'], `A ${kind} has apiVersion ${apiVersionOf(other)}, not ${apiVersion}.`)
      : no(['kind'], `The kind is written "${other.kind}" (apiVersion ${apiVersionOf(other)}).`)
  }
  if (typeof metadata !== 'object' || metadata === null) return no(['metadata'], 'metadata is missing: an object needs at least metadata.name.')
  const { name, namespace } = metadata as { name?: unknown; namespace?: unknown }
  if (typeof name !== 'string' || name === '') return no(['metadata', 'name'], name === undefined ? 'metadata.name is missing: give the object a name.' : 'metadata.name must be text.')
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') return no(['metadata', 'namespace'], 'metadata.namespace must be text.')
  const where = resource.namespaced ? (namespace ?? 'default') || 'default' : ''
  return { resource, ref: { apiVersion, kind, namespace: where, name } }
}

/** The kinds that custom resource definitions in the text before will make. */
function definedIn(earlier: readonly Step[]): Resource[] {
  return earlier.filter(({ resource }) => groupResourceOf(resource) === groupResourceOf(CustomResourceDefinitions)).flatMap(({ change, body }) => {
    const { group, names, scope, versions } = (body as unknown as CustomResourceDefinition).spec
    if (change.action !== 'create') return []
    return versions.filter(({ served }) => served).map(({ name }): Resource => ({ group, version: name, kind: names.kind, plural: names.plural, namespaced: scope === 'Namespaced' }))
  })
}

/** A dry run of a creation. In a namespace that the same text makes first, and of a kind that it defines first, the server cannot try it yet. */
async function tryCreate(api: ManifestApi, resource: Resource, ref: ObjectRef, body: Record<string, unknown>, earlier: readonly Step[]): Promise<Readonly<KubeObject> | Record<string, unknown>> {
  try {
    return await api.create(resource, ref.namespace, body, true)
  } catch (error) {
    const made = earlier.some((step) => step.ref.kind === 'Namespace' && step.ref.name === ref.namespace && step.live === undefined) || definedIn(earlier).some((r) => groupResourceOf(r) === groupResourceOf(resource))
    if (!made || !hasReason(error, 'NotFound')) throw error
    return body
  }
}

function merged(live: Readonly<KubeObject>, desired: Record<string, unknown>, schema: ReturnType<ManifestApi['schema']>): Record<string, unknown> {
  const result = threeWayMerge(lastApplied(live), live, desired, schema) as Record<string, unknown>
  const withRevision = withMetadata(result, { resourceVersion: live.metadata.resourceVersion })
  // Only what kubectl or we applied carries the note; the first apply of something made otherwise adds it.
  return withLastApplied(withRevision, desired)
}

function lastApplied(live: Readonly<KubeObject>): unknown {
  const text = live.metadata.annotations?.[LAST_APPLIED]
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withLastApplied(body: Record<string, unknown>, desired: Record<string, unknown>): Record<string, unknown> {
  const metadata = body['metadata'] as { annotations?: Record<string, string> }
  const own = structuredClone(desired) as { metadata: { annotations?: Record<string, string> } }
  delete own.metadata.annotations?.[LAST_APPLIED]
  const note = `${JSON.stringify({ ...own, metadata: { annotations: {}, ...own.metadata } })}\n`
  return withMetadata(body, { annotations: { ...metadata.annotations, [LAST_APPLIED]: note } })
}

function withMetadata(body: Record<string, unknown>, fields: Record<string, unknown>): Record<string, unknown> {
  return { ...body, metadata: { ...(body['metadata'] as Record<string, unknown>), ...fields } }
}

/** How an object changes. Both sides without what only the system writes. */
export function changeOf(ref: ObjectRef, live: Readonly<KubeObject> | undefined, after: Readonly<KubeObject> | Record<string, unknown>): PlannedChange {
  const before = live === undefined ? '' : toYaml(live, 'editable')
  const text = toYaml(after, 'editable')
  return { ref, action: live === undefined ? 'create' : before === text ? 'unchanged' : 'update', before, after: text }
}

function at(document: ManifestDocument, path: string[], message: string): Problem {
  return { severity: 'error', message, field: path.join('.'), ...document.place(path, 'value') }
}

/** A kind's resource, or a StatusError that says that there is none. */
export function resourceFor(api: ManifestApi, ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): Resource {
  const resource = api.kinds().find((r) => r.kind === ref.kind && apiVersionOf(r) === ref.apiVersion)
  if (resource === undefined) throw new StatusError('NotFound', `This cluster has no kind "${ref.kind}" (${ref.apiVersion}).`)
  return resource
}
