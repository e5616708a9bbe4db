import { appKeyOf } from '../../../common/kube/app-of.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { DATA_ON, waitsForItsServer } from '../../../common/kube/local-data.ts'
import { isSilent } from '../../../common/kube/node-conditions.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodTerminating } from '../../../common/kube/pods.ts'
import type { FilterPlugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

/**
 * A pod that takes the place of one whose data is on a silent server (somebody deleted that one, or rolls out) goes to that server only. A server that
 * is taken out of the cluster holds nobody any more.
 */
export const localData: FilterPlugin<readonly string[]> = {
  name: 'LocalData',
  wokenBy: ['node', 'pod-gone'],
  prepare: ({ pod }, { nodes }) => {
    if (!waitsForItsServer(pod)) return undefined
    const known = pod.metadata.annotations?.[DATA_ON]
    const places = known !== undefined && nodes.some((n) => n.name === known) ? [known] : nodes.filter((n) => isAway(n) && holdsFor(pod, n)).map((n) => n.name)
    return places.length > 0 ? places : undefined
  },
  filter: (_, node, places) => (places.includes(node.name) ? [] : [`node(s) without its data, which is on server ${places.join(' and ')}`]),
}

/** Where the pod's app has its data, when that is on a server that does not answer. */
export function dataOn(pod: Pod, nodes: readonly NodeInfo[]): string | undefined {
  if (!waitsForItsServer(pod)) return undefined
  return nodes.find((n) => isAway(n) && holdsFor(pod, n))?.name
}

function isAway({ node }: NodeInfo): boolean {
  return node !== undefined && (isSilent(node) || !isConditionTrue(node.status?.conditions, 'Ready'))
}

/** Is there a pod that this one replaces? One of the same ReplicaSet that is not being deleted stays itself. */
function holdsFor(pod: Pod, node: NodeInfo): boolean {
  const app = appOf(pod)
  const owner = controllerOf(pod)?.uid
  return app !== undefined && [...node.pods.values()].some(({ pod: other }) =>
    appOf(other) === app && waitsForItsServer(other) && (isPodTerminating(other) || controllerOf(other)?.uid !== owner))
}

/** The app that a pod is of. Of a StatefulSet each pod is its own: none replaces another. */
function appOf(pod: Pod): string | undefined {
  const kind = controllerOf(pod)?.kind
  return kind === 'DaemonSet' || kind === 'StatefulSet' ? undefined : appKeyOf(pod)
}
