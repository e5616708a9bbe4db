import { semanticEqual } from '../../common/kube/equal.ts'
import { badRequest, hasReason, StatusError } from '../../common/errors.ts'
import type { DaemonSet, Deployment, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod, Secret } from '../../common/kube/generated/core-v1.ts'
import { CronJobs, DaemonSets, Deployments, PersistentVolumes, Pods, Secrets, Services, StatefulSets } from '../../common/kube/kinds.ts'
import { matchesLabels } from '../../common/kube/labels.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import { isPodReady, isPodTerminated } from '../../common/kube/pods.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import { applyText } from '../manifests/apply.ts'
import { planText, resourceFor } from '../manifests/planner.ts'
import { instanceOf } from '../views/instance.ts'
import { FAILING_REASONS } from '../views/reasons.ts'
import { freedWorkload, heldWorkload } from './hold.ts'
import type { Workload } from './hold.ts'
import type { MoveParts, Side } from './move-parts.ts'
import { ENDED_MS, hostOf, listens, READY_MS } from './move-parts.ts'
import { published, unpublished } from './publish.ts'
import type { MoveRecord, ObjectName } from './record.ts'
import { stillUsed } from './still-used.ts'
import type { Hopeless, Tell } from './until.ts'
import { until } from './until.ts'

const RESOURCES = { Deployment: Deployments, StatefulSet: StatefulSets, DaemonSet: DaemonSets, CronJob: CronJobs } as const
const TRIES = 8

/** What the side changes of the record while it works. */
export type SaveMade = (made: MoveRecord['made']) => Promise<void>

/** The Toque engine's cluster as a side of a move. */
export class ClusterSide implements Side {
  readonly #parts: MoveParts
  readonly #record: MoveRecord
  readonly #save: SaveMade
  /** What tasks have as secrets' files: read when it is needed, and kept nowhere but in the Secrets. */
  readonly #contents: () => Promise<Secret[]>

  constructor(parts: MoveParts, record: MoveRecord, save: SaveMade, contents: () => Promise<Secret[]>) {
    this.#parts = parts
    this.#record = record
    this.#save = save
    this.#contents = contents
  }

  async make(tell: Tell, signal: AbortSignal): Promise<void> {
    const { client, manifests } = this.#parts
    const { namespace, cluster: { objects } = { objects: [] } } = this.#record
    const { steps, plan } = await planText(manifests, textOf(objects))
    refuse(plan.problems)
    const secrets = await this.#contents()
    signal.throwIfAborted()
    const fresh = await Promise.all(secrets.map(async (secret) => await getIfThere(client, Secrets, namespace, secret.metadata.name) === undefined ? [{ apiVersion: 'v1', kind: 'Secret', name: secret.metadata.name }] : []))
    const now = [...steps.filter(({ live }) => live === undefined).map(({ ref: { apiVersion, kind, name } }) => ({ apiVersion, kind, name })), ...fresh.flat()]
    const before = this.#record.made.objects
    await this.#save({ ...this.#record.made, objects: [...before, ...now.filter((ref) => !before.some((old) => semanticEqual(old, ref)))] })
    tell(`Making ${String(objects.length)} objects in the namespace ${namespace}.`)
    refuse((await applyText(manifests, textOf(objects))).problems)
    for (const secret of secrets) await this.#put(secret)
  }

  async unmake(tell: Tell): Promise<void> {
    tell(`Removing what was made in the namespace ${this.#record.namespace}. Volumes stay.`)
    await this.remove([...this.#record.made.objects].reverse())
  }

  async start(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void> {
    const places = this.#record.places.filter(({ part }) => parts.includes(part))
    const { clock } = this.#parts
    // Nobody else may write to it: not even a container that Docker ends at this moment.
    await until({ clock, signal, tell, deadlineMs: ENDED_MS, listen: () => () => undefined, missing: () => stillUsed(this.#parts, places, { besides: this.#record.namespace }) })
    for (const part of parts) await this.#change(part, freedWorkload)
    await until({ clock, signal, tell, deadlineMs: READY_MS, listen: (wake) => this.#listen(wake), missing: () => this.#notReady(parts, signal) })
  }

  async stop(parts: readonly string[], tell: Tell, signal: AbortSignal): Promise<void> {
    for (const part of parts) await this.#change(part, heldWorkload)
    const places = this.#record.places.filter(({ part }) => parts.includes(part))
    const missing = async (): Promise<string | undefined> => {
      const pods = parts.flatMap((part) => this.#podsOf(part)).filter((pod) => !isPodTerminated(pod))
      return pods.length > 0 ? `The pods ${pods.map(({ metadata }) => metadata.name).join(', ')} have not ended yet.` : await stillUsed(this.#parts, places, {})
    }
    await until({ clock: this.#parts.clock, signal, tell, deadlineMs: ENDED_MS, listen: (wake) => this.#listen(wake), missing })
  }

  /** Leads the published ports to the app's pods, or leaves them to Docker; resolves when every server that answers does so. */
  async publish(on: boolean, signal: AbortSignal): Promise<void> {
    const { client } = this.#parts
    const { namespace } = this.#record
    const revisions = new Map<string, string>()
    const addresses: string[] = []
    for (const name of this.#record.services) {
      const service = await this.#update(Services, namespace, name, on ? published : unpublished)
      if (service === undefined) continue
      revisions.set(`${namespace}/${name}`, service.metadata.resourceVersion)
      if (!on) continue
      const { items } = await client.list(Pods, { namespace })
      addresses.push(...items.filter((pod) => isPodReady(pod) && service.spec.selector !== undefined && matchesLabels(pod.metadata.labels, service.spec.selector)).flatMap((pod) => pod.status?.podIP ?? []))
    }
    await this.#parts.rulesHave(revisions, addresses, signal)
  }

  /** These objects go. */
  async remove(objects: readonly ObjectName[]): Promise<void> {
    const { manifests } = this.#parts
    for (const ref of objects) {
      const resource = resourceFor(manifests, ref)
      const live = await manifests.get(resource, resource.namespaced ? this.#record.namespace : '', ref.name)
      if (live !== undefined) await ignoringMissing(manifests.delete(resource, live.metadata.namespace ?? '', ref.name, live.metadata.uid))
    }
  }

  /** From now on the Docker volumes outlive their claims. */
  async keepVolumes(): Promise<void> {
    for (const { node, volume } of this.#record.places) {
      const pv = this.#parts.informers.for(PersistentVolumes).lister.list().find(({ spec }) => spec.csi?.volumeHandle === `${node}/${volume}`)
      if (pv === undefined || pv.spec.persistentVolumeReclaimPolicy === 'Retain') continue
      await this.#parts.client.patch(PersistentVolumes, '', pv.metadata.name, 'application/merge-patch+json', { metadata: { uid: pv.metadata.uid }, spec: { persistentVolumeReclaimPolicy: 'Retain' } })
    }
  }

  async #put(secret: Secret): Promise<void> {
    const { client } = this.#parts
    const live = await getIfThere(client, Secrets, this.#record.namespace, secret.metadata.name)
    if (live === undefined) await client.create(Secrets, secret)
    else if (!semanticEqual(live.data, { ...live.data, ...secret.data })) await client.patch(Secrets, this.#record.namespace, secret.metadata.name, 'application/merge-patch+json', { data: secret.data })
  }

  async #change(part: string, change: (object: Workload) => Workload): Promise<void> {
    const { kind, name } = this.#workloadOf(part)
    const resource = RESOURCES[kind as keyof typeof RESOURCES] as unknown as Resource<KubeObject>
    await this.#update(resource, this.#record.namespace, name, (object) => change(object as unknown as Workload) as unknown as KubeObject)
  }

  /** Again from a fresh read when somebody else wrote in between. Undefined: it is gone. */
  async #update<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string, change: (object: Frozen<T>) => Frozen<T>): Promise<Frozen<T> | undefined> {
    const { client } = this.#parts
    for (let tries = 1; ; tries++) {
      const live = await getIfThere(client, resource, namespace, name)
      if (live === undefined) return undefined
      const next = change(live)
      if (next === live) return live
      try {
        return await client.update(resource, next)
      } catch (error) {
        if (tries === TRIES || !hasReason(error, 'Conflict')) throw error
      }
    }
  }

  #workloadOf(part: string): { kind: string; name: string } {
    const found = this.#record.workloads[part]
    if (found === undefined) throw badRequest(`The move knows no workload for ${part}.`)
    return found
  }

  #listen(wake: () => void): () => void {
    const { informers } = this.#parts
    const handler = { onAdd: wake, onUpdate: wake, onDelete: wake }
    const ends = [informers.for(Deployments).addHandler(handler), informers.for(StatefulSets).addHandler(handler), informers.for(DaemonSets).addHandler(handler), informers.for(Pods).addHandler(handler)]
    return () => ends.forEach((end) => end())
  }

  #podsOf(part: string): Frozen<Pod>[] {
    const { kind, name } = this.#workloadOf(part)
    const { informers } = this.#parts
    const { namespace } = this.#record
    if (kind === 'CronJob') return []
    const workload = informers.for(RESOURCES[kind as keyof typeof RESOURCES] as unknown as Resource<Deployment>).lister.get(namespace, name)
    return workload?.spec?.selector === undefined ? [] : informers.for(Pods).lister.list({ namespace, selector: workload.spec.selector })
  }

  async #notReady(parts: readonly string[], signal: AbortSignal): Promise<string | Hopeless | undefined> {
    for (const part of parts) {
      const { kind, name } = this.#workloadOf(part)
      if (kind === 'CronJob') continue
      const resource = RESOURCES[kind as keyof typeof RESOURCES] as unknown as Resource<Deployment | StatefulSet | DaemonSet>
      const workload = await getIfThere(this.#parts.client, resource, this.#record.namespace, name)
      if (workload === undefined) throw new StatusError('NotFound', `The ${kind} "${name}" is not there any more: somebody has removed it.`)
      const pods = this.#podsOf(part)
      if (!isReady(workload)) {
        const why = pods.map((pod) => instanceOf(pod, undefined).why).find((explanation) => explanation !== undefined)
        const message = `The pods of ${part} are not ready yet.${why === undefined ? '' : ` ${why.message}`}`
        return why?.reason === 'Unschedulable' || FAILING_REASONS.has(why?.reason ?? '') ? { hopeless: message } : message
      }
      for (const pod of pods.filter(isPodReady)) for (const port of this.#portsOf(pod)) {
        const host = hostOf(this.#parts, pod.spec.nodeName ?? '')
        if (host !== undefined && !(await listens(host, pod.status?.podIP ?? '', port, signal))) return `The pod ${pod.metadata.name} does not take connections on port ${String(port)} yet.`
      }
    }
    return undefined
  }

  /** Ports on which the pod will be asked from outside. */
  #portsOf(pod: Frozen<Pod>): number[] {
    const services = this.#record.services.flatMap((name) => this.#parts.informers.for(Services).lister.get(this.#record.namespace, name) ?? [])
    return services.filter(({ spec }) => spec.selector !== undefined && matchesLabels(pod.metadata.labels, spec.selector)).flatMap(({ spec }) => (spec.ports ?? []).flatMap(({ targetPort, protocol }) => (typeof targetPort === 'number' && (protocol ?? 'TCP') === 'TCP' ? [targetPort] : [])))
  }
}

function isReady(workload: Frozen<Deployment | StatefulSet | DaemonSet>): boolean {
  if ((workload.status?.observedGeneration ?? 0) < (workload.metadata.generation ?? 0)) return false
  switch (workload.kind) {
    case 'DaemonSet': {
      const { desiredNumberScheduled = 0, numberReady = 0 } = (workload as DaemonSet).status ?? {}
      return desiredNumberScheduled > 0 && numberReady === desiredNumberScheduled
    }
    case 'StatefulSet': return ((workload as StatefulSet).status?.readyReplicas ?? 0) === ((workload as StatefulSet).spec?.replicas ?? 1)
    default: {
      const { updatedReplicas = 0, availableReplicas = 0 } = (workload as Deployment).status ?? {}
      const { replicas = 1 } = (workload as Deployment).spec ?? {}
      return updatedReplicas === replicas && availableReplicas === replicas
    }
  }
}

/** Objects as the manifests' reader takes them. */
export function textOf(objects: readonly Manifest[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n')
}

function refuse(problems: readonly { severity: string; message: string }[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw badRequest(errors.map(({ message }) => message).join('\n'))
}

async function ignoringMissing(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => { if (!hasReason(error, 'NotFound', 'Conflict')) throw error })
}
