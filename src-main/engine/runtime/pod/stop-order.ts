import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { PodView } from './pod-view.ts'
import { ephemeralContainers, isSidecar } from './specs.ts'

/**
 * Who of a pod that ends is to be stopped now: all at once but the sidecars, and those when the others are down, one after the other and the
 * last one first, for each was there before what came after it. Empty: nothing runs any more. Pure.
 */
export function nextToStop(pod: Frozen<Pod>, view: PodView): Container[] {
  const alive = (c: Container): boolean => ['running', 'restarting'].includes(view.containers.get(c.name)?.state ?? '')
  const inits = pod.spec.initContainers ?? []
  const others = [...pod.spec.containers, ...ephemeralContainers(pod), ...inits.filter((c) => !isSidecar(c))].filter(alive)
  return others.length > 0 ? others : inits.filter((c) => isSidecar(c) && alive(c)).slice(-1)
}
