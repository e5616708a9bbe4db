import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import type { NodeContext } from './node-context.ts'
import { MissingSourceError } from './sources.ts'
import { placeOf } from './volume-places.ts'

/** Rejects with MissingSourceError where the data of a claim is not on the node any more: Docker would make a missing volume, empty, without a word. */
export async function checkKept(pod: Frozen<Pod>, claimed: ClaimedVolumes, { facts, runtime }: Pick<NodeContext, 'facts' | 'runtime'>): Promise<void> {
  for (const volume of pod.spec.volumes ?? []) {
    if (!claimed.has(volume.name)) continue
    const place = placeOf(pod, volume, claimed)
    if (place.kind !== 'kept' || await runtime.resources.hasVolume(place.name)) continue
    throw new MissingSourceError(`the Docker volume ${place.name} of volume "${volume.name}" is no longer on server ${facts.name}: bring it back there, or delete the claim to begin with an empty one`)
  }
}
