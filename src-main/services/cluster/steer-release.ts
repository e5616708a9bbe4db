import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { ObjectRef, PlannedChange, ReleaseOrder } from '../../common/contract/index.ts'
import { notFound } from '../../common/errors.ts'
import { ROLLOUT_ORDER, Rollouts } from '../../common/kube/rollout.ts'
import type { Client } from '../../engine/client/client.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import { changeOf } from '../manifests/planner.ts'

/** Tells a Rollout what to do: as `kubectl annotate` would. NotFound when it is gone. */
export async function steerRelease(client: Client, clock: Clock, release: ObjectRef, order: ReleaseOrder): Promise<void> {
  await client.patch(Rollouts, release.namespace, release.name, 'application/merge-patch+json', { metadata: { annotations: { [ROLLOUT_ORDER]: orderText(order, clock) } } })
}

/** What that changes. */
export async function previewSteering(api: ManifestApi, clock: Clock, release: ObjectRef, order: ReleaseOrder): Promise<PlannedChange> {
  const live = await api.get(Rollouts, release.namespace, release.name)
  if (live === undefined) throw notFound('rollouts.toque.dev', release.name)
  const copy = structuredClone(live)
  copy.metadata.annotations = { ...copy.metadata.annotations, [ROLLOUT_ORDER]: orderText(order, clock) }
  return changeOf(release, live, await api.update(Rollouts, release.namespace, release.name, copy, true))
}

/** Each is another text: a second one of a kind is obeyed, too. */
function orderText(order: ReleaseOrder, clock: Clock): string {
  return `${order} on the app's page at ${timestamp(clock.now())}`
}
