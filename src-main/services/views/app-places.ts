import type { AppOnNode, AppPlace, Explanation, Instance } from '../../common/contract/index.ts'
import type { DaemonBar } from '../../common/kube/daemon-fit.ts'
import { nodeFit } from '../../common/kube/daemon-fit.ts'
import type { DaemonSet, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { ordinalIn } from '../../common/kube/stable-identity.ts'

/** So many places are listed. */
const MOST = 500

/** The places of a StatefulSet in order, also those of pods that are not made yet, and of pods that are still there though it is smaller now. */
export function placesOf(set: Readonly<StatefulSet>, instances: readonly Instance[]): AppPlace[] {
  const { name, namespace = '' } = set.metadata
  const start = set.spec.ordinals?.start ?? 0
  const taken = new Map(instances.flatMap((i) => {
    const ordinal = ordinalIn(name, i.ref.name)
    return ordinal === undefined ? [] : [[ordinal, i] as const]
  }))
  const ordinals = new Set([...Array.from({ length: Math.min(MOST, set.spec.replicas ?? 1) }, (_, i) => start + i), ...taken.keys()])
  return [...ordinals].sort((a, b) => a - b).map((ordinal): AppPlace => {
    const instance = taken.get(ordinal)
    const claims = (set.spec.volumeClaimTemplates ?? []).map((t) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `${t.metadata.name}-${name}-${String(ordinal)}` }))
    return { ordinal, ...(instance === undefined ? {} : { instance: instance.ref }), claims }
  })
}

/** Every node, with the DaemonSet's pod there, or why there is none. By the node's name. */
export function onNodesOf(set: Readonly<DaemonSet>, nodes: readonly Readonly<Node>[], instances: readonly Instance[]): AppOnNode[] {
  return [...nodes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).map((node): AppOnNode => {
    const { name } = node.metadata
    const instance = instances.find((i) => i.node === name)
    const { run, keep, why } = nodeFit(set, node)
    if (instance !== undefined) return { node: name, instance: instance.ref, ...(keep ? {} : { why: { reason: 'Leaving', message: `The server does not fit any more (${sentenceOf(why)}), so its pod is ended.` } }) }
    return { node: name, why: run ? waiting(instances, name) : { reason: 'DoesNotFit', message: capital(`${sentenceOf(why)}.`) } }
  })
}

function waiting(instances: readonly Instance[], node: string): Explanation {
  const refused = instances.find((i) => i.node === '' && i.perNode.some((n) => n.node === node))
  const reason = refused?.perNode.find((n) => n.node === node)?.reason
  return reason === undefined ? { reason: 'Pending', message: 'Its pod is about to be made.' } : { reason: 'Unschedulable', message: `The server should run it, but: ${reason}.` }
}

function sentenceOf(why: DaemonBar | undefined): string {
  if (why?.bar === 'taint') {
    const { key, value, effect } = why.taint
    return `its taint ${key}${value === undefined || value === '' ? '' : `=${value}`}:${effect} is not tolerated by the template`
  }
  return why?.bar === 'otherNode' ? 'the template names another server' : 'its labels do not match the node selector or affinity of the template'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
