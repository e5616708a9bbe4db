import type { Clock } from '../../common/clock.ts'
import type { Action, ObjectRef, Plan, PlannedChange } from '../../common/contract/index.ts'
import { badRequest, notFound, toStatusError } from '../../common/errors.ts'
import type { PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import { Jobs } from '../../common/kube/kinds.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { groupResourceOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from '../../engine/client/client.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import { changeOf, resourceFor } from '../manifests/planner.ts'
import { toYaml } from '../manifests/text.ts'
import { jobToRun } from '../resources/resource-actions.ts'
import { refOf } from '../views/refs.ts'
import type { AppObject } from '../views/workload.ts'
import { appResource } from '../views/workload.ts'
import type { AppActions } from './actions.ts'
import { requireAbility, withImage } from './actions.ts'
import { previewSteering } from './steer-release.ts'

/** What an action would do: tried on the server without writing. What is wrong with the action itself is in `problems`. */
export async function previewAction({ manifests, client, clock }: { manifests: ManifestApi; client: Client; clock: Clock }, actions: AppActions, action: Action): Promise<Plan> {
  const changesOf = async (): Promise<PlannedChange[]> => {
    if (action.type === 'remove') return removal(manifests, client, action.ref)
    if (action.type === 'run') return [await run(manifests, action.ref)]
    return [action.type === 'steer' ? await previewSteering(manifests, clock, action.release, action.order) : await change(manifests, actions, action)]
  }
  try {
    return { changes: await changesOf(), problems: [] }
  } catch (error) {
    return { changes: [], problems: [{ severity: 'error', message: toStatusError(error).message }] }
  }
}

async function change(api: ManifestApi, actions: AppActions, action: Extract<Action, { app: ObjectRef }>): Promise<PlannedChange> {
  const { app } = action
  const resource = resourceFor(api, app)
  const live = await api.get(resource, app.namespace, app.name)
  if (live === undefined) throw notFound(groupResourceOf(resource), app.name)
  if (appResource(app) === undefined) throw badRequest(`A ${app.kind} cannot be changed this way; edit its YAML.`)
  const copy = structuredClone(live) as AppObject
  requireAbility(copy, action.type === 'setImage' ? 'image' : 'history')
  const spec = copy.spec as { template?: PodTemplateSpec }
  if (action.type === 'setImage') withImage(spec, app, action.container, action.image)
  else spec.template = await actions.revisionTemplate(app, action.revision)
  return changeOf(app, live, await api.update(resource, app.namespace, app.name, copy, true))
}

/** The Job that would start. */
async function run(api: ManifestApi, ref: ObjectRef): Promise<PlannedChange> {
  const of = await api.get(resourceFor(api, ref), ref.namespace, ref.name)
  if (of === undefined) throw notFound(ref.kind, ref.name)
  const job = await api.create(Jobs, ref.namespace, jobToRun(of), true)
  return changeOf(refOf(job), undefined, job)
}

/** The object and everything that goes with it, by owner references, breadth first. */
async function removal(api: ManifestApi, client: Client, ref: ObjectRef): Promise<PlannedChange[]> {
  const root = await api.get(resourceFor(api, ref), ref.namespace, ref.name)
  if (root === undefined) throw notFound(ref.kind, ref.name)
  const namespace = ref.kind === 'Namespace' ? ref.name : ref.namespace
  const lists = await Promise.all(onceEach(api.kinds()).filter((r) => r.namespaced && r.kind !== 'Event').map((r) => client.list(r, { namespace })))
  const all = lists.flatMap(({ items }) => items)
  const doomed: Readonly<KubeObject>[] = [root]
  if (ref.kind === 'Namespace') doomed.push(...all)
  else {
    for (const owner of doomed) {
      doomed.push(...all.filter((o) => !doomed.includes(o) && o.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid)))
    }
  }
  return doomed.map((object) => ({ ref: refOf(object), action: 'delete', before: toYaml(object, 'editable'), after: '' }))
}

/** A kind that is served in several versions has the same objects in each. */
function onceEach(resources: readonly Resource[]): Resource[] {
  return [...new Map(resources.map((r) => [groupResourceOf(r), r])).values()]
}
