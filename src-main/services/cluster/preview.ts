import type { Clock } from '../../common/clock.ts'
import type { Action, ObjectRef, Plan, PlannedChange } from '../../common/contract/index.ts'
import { badRequest, notFound, toStatusError } from '../../common/errors.ts'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { groupResourceOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from '../../engine/client/client.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import { changeOf, resourceFor } from '../manifests/planner.ts'
import { toYaml } from '../manifests/text.ts'
import { refOf } from '../views/refs.ts'
import type { AppActions } from './actions.ts'
import { withImage } from './actions.ts'
import { previewSteering } from './steer-release.ts'

/** What an action would do: tried on the server without writing. What is wrong with the action itself is in `problems`. */
export async function previewAction({ manifests, client, clock }: { manifests: ManifestApi; client: Client; clock: Clock }, actions: AppActions, action: Action): Promise<Plan> {
  const changesOf = async (): Promise<PlannedChange[]> => {
    if (action.type === 'remove') return removal(manifests, client, action.ref)
    return [action.type === 'steer' ? await previewSteering(manifests, clock, action.release, action.order) : await change(manifests, actions, action)]
  }
  try {
    return { changes: await changesOf(), problems: [] }
  } catch (error) {
    return { changes: [], problems: [{ severity: 'error', message: toStatusError(error).message }] }
  }
}

async function change(api: ManifestApi, actions: AppActions, action: Exclude<Action, { type: 'remove' | 'steer' }>): Promise<PlannedChange> {
  const { app } = action
  if (app.kind !== 'Deployment') throw badRequest(`A ${app.kind} cannot be changed this way; edit its YAML.`)
  const resource = resourceFor(api, app)
  const live = await api.get(resource, app.namespace, app.name)
  if (live === undefined) throw notFound('deployments.apps', app.name)
  const copy = structuredClone(live) as Deployment
  if (copy.spec === undefined) throw notFound('deployments.apps', app.name)
  if (action.type === 'setImage') withImage(copy.spec, app, action.container, action.image)
  else copy.spec.template = await actions.revisionTemplate(app, action.revision)
  return changeOf(app, live, await api.update(resource, app.namespace, app.name, copy, true))
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
