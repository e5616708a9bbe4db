import type { Pod, Service } from '../../common/kube/generated/core-v1.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import { Pods, Services } from '../../common/kube/kinds.ts'
import { matchesLabels } from '../../common/kube/labels.ts'
import { keyOf } from '../../common/kube/object.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { podsOfService, Rollouts } from '../../common/kube/rollout.ts'
import type { Rollout } from '../../common/kube/rollout.ts'
import type { Informers } from '../client/informer.ts'

/** Calls `enqueue` with the key of each Service whose endpoints may have changed: it did, or one of its pods did in a way that counts, or a Rollout's revisions get another part of the requests. */
export function watchServices(informers: Informers, enqueue: (key: string) => void): void {
  const services = informers.for(Services)
  const pods = informers.for(Pods)
  const rollouts = informers.for(Rollouts)
  const led = ({ metadata: { namespace = '' } }: Frozen<Rollout>): void => {
    for (const service of services.lister.list({ namespace })) enqueue(keyOf(service))
  }
  rollouts.addHandler({ onAdd: led, onUpdate: (r, old) => { if (!semanticEqual(shares(r), shares(old))) led(r) }, onDelete: led })
  services.addHandler({ onAdd: (s) => enqueue(keyOf(s)), onUpdate: (s) => enqueue(keyOf(s)), onDelete: (s) => enqueue(keyOf(s)) })
  const selecting = (pod: Frozen<Pod>): Frozen<Service>[] =>
    services.lister.list({ namespace: pod.metadata.namespace ?? '' }).filter((s) => selects(s, pod))
  const tell = (pod: Frozen<Pod>): void => {
    for (const service of selecting(pod)) enqueue(keyOf(service))
  }
  pods.addHandler({
    onAdd: tell,
    onUpdate: (pod, old) => {
      if (semanticEqual(relevant(pod), relevant(old))) return
      if (!semanticEqual(pod.metadata.labels, old.metadata.labels)) tell(old)
      tell(pod)
    },
    onDelete: tell,
  })
}

/** The pods whose addresses are the Service's: those it selects, but for revisions that a Rollout keeps the requests from. */
export function podsBehind(informers: Informers, service: Frozen<Service>): Frozen<Pod>[] {
  const { namespace = '' } = service.metadata
  const pods = informers.for(Pods).lister.list({ namespace, labels: service.spec?.selector ?? {} }).filter((pod) => selects(service, pod))
  return podsOfService(service, pods, informers.for(Rollouts).lister.list({ namespace }))
}

/** Does the Service select the pod? One without a selector selects nothing: its endpoints are somebody's own work. */
export function selects(service: Service, pod: Pod): boolean {
  const { selector } = service.spec ?? {}
  return selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(pod.metadata.labels, selector)
}

/** What of a pod its endpoint is made of. */
function relevant(pod: Frozen<Pod>): unknown {
  const { metadata, spec, status } = pod
  const ready = status?.conditions?.find((c) => c.type === 'Ready')?.status
  return [metadata.labels, metadata.deletionTimestamp !== undefined, spec.nodeName, status?.phase, status?.podIP, status?.podIPs, ready]
}

/** What of a Rollout Services go by. */
function shares({ spec, status }: Frozen<Rollout>): unknown {
  return [spec.strategy.blueGreen?.previewService, status?.phase === 'Aborted', status?.stable, status?.canary, status?.traffic?.map(({ replicaSet, weight }) => [replicaSet, weight === 0])]
}
