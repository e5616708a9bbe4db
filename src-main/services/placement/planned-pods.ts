import { toStatusError } from '../../common/errors.ts'
import { hasReason } from '../../common/errors.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Pods } from '../../common/kube/kinds.ts'
import type { Draft, Frozen, KubeObject } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { isPodActive } from '../../common/kube/pods.ts'
import { podDraft, podShape } from '../../engine/scheduler/pods-of.ts'
import type { ClusterState } from '../../engine/scheduler/simulate.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import type { Step } from '../manifests/planner.ts'

/** What applying some documents does to the pods. */
export interface PlannedPods {
  /** Pods that would be made. */
  readonly made: Frozen<Pod>[]
  /** Pods that the API would not let in, and why. */
  readonly refused: { readonly pod: Draft<Pod>; readonly why: string }[]
  /** UIDs of present pods that would go. */
  readonly gone: ReadonlySet<string>
}

/** Works out the pods of planned documents; each kind of pod is tried on the API, for its defaults and what admission says of it. Writes nothing. */
export async function plannedPods(api: ManifestApi, steps: readonly Step[], state: ClusterState, sets: readonly Frozen<ReplicaSet>[]): Promise<PlannedPods> {
  const made: Frozen<Pod>[] = []
  const refused: PlannedPods['refused'] = []
  const gone = new Set<string>()
  for (const { body, live, ref } of steps) {
    if (ref.kind === 'Pod') {
      if (live === undefined) await admit(api, { ...body, metadata: { ...(body['metadata'] as object), namespace: ref.namespace, name: ref.name } } as unknown as Draft<Pod>, 1, made, refused)
      continue
    }
    const object = { ...body, metadata: { ...(body['metadata'] as object), namespace: ref.namespace, name: ref.name, ...(live === undefined ? {} : { uid: live.metadata.uid }) } } as unknown as KubeObject
    const shape = podShape(object, state.nodes)
    if (shape === undefined) continue
    const present = live === undefined ? [] : ownedBy(live, state.pods, sets)
    const sameTemplate = live !== undefined && semanticEqual(podShape(live, state.nodes)?.template, shape.template)
    const kept = sameTemplate ? present.slice(0, shape.names.length) : []
    for (const pod of present) if (!kept.includes(pod)) gone.add(pod.metadata.uid)
    // A daemon is there on its own node, or it is not.
    const missing = shape.nodes === undefined ? shape.names.slice(kept.length) : shape.names.filter((_, i) => !kept.some((p) => p.spec.nodeName === shape.nodes?.[i]))
    if (shape.nodes !== undefined) for (const name of missing) await admit(api, podDraft(object, shape, name, shape.names.indexOf(name)), 1, made, refused)
    else if (missing.length > 0) await admit(api, podDraft(object, shape, missing[0] ?? '', 0), missing.length, made, refused, missing)
  }
  return { made, refused, gone }
}

/** Tries one pod, and takes as many of its like. */
async function admit(api: ManifestApi, draft: Draft<Pod>, count: number, made: Frozen<Pod>[], refused: PlannedPods['refused'], names: readonly string[] = []): Promise<void> {
  const { namespace = '', name = '' } = draft.metadata
  let pod: Frozen<Pod>
  try {
    pod = (await api.create(Pods, namespace, { ...draft, metadata: { ...draft.metadata, name: `${name.slice(0, 200)}-planned` } }, true)) as Frozen<Pod>
  } catch (error) {
    // A namespace that the same documents make is not there yet; nothing is known of its rules.
    if (!hasReason(error, 'NotFound')) return void refused.push({ pod: draft, why: toStatusError(error).message })
    pod = draft as unknown as Frozen<Pod>
  }
  for (let i = 0; i < count; i++) {
    const own = names[i] ?? name
    made.push({ ...pod, metadata: { ...pod.metadata, name: own, namespace, uid: `planned/${namespace}/${own}` } })
  }
}

function ownedBy(owner: Readonly<KubeObject>, pods: readonly Frozen<Pod>[], sets: readonly Frozen<ReplicaSet>[]): Frozen<Pod>[] {
  const uids = new Set([owner.metadata.uid, ...sets.filter((s) => controllerOf(s)?.uid === owner.metadata.uid).map((s) => s.metadata.uid)])
  return pods.filter((p) => isPodActive(p) && uids.has(controllerOf(p)?.uid ?? ''))
}
