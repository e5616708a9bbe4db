import { EndpointSlices } from '../../../common/kube/kinds.ts'
import type { Client } from '../../client/client.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { SlicePlan } from './plan.ts'

/** Writes a plan. Updates first: they take endpoints away, which is what must not wait. */
export async function applyPlan(client: Client, plan: SlicePlan): Promise<void> {
  for (const slice of plan.update) await client.update(EndpointSlices, slice)
  for (const draft of plan.create) await client.create(EndpointSlices, draft)
  for (const slice of plan.delete) await deleteIfThere(client, EndpointSlices, slice)
}
