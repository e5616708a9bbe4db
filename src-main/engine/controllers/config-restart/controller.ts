import { randomBytes } from 'node:crypto'
import { hasReason } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { DaemonSet, Deployment, StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { ConfigMap, Secret } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps, DaemonSets, Deployments, Secrets, StatefulSets } from '../../../common/kube/kinds.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { KUBE_SYSTEM } from '../../../common/kube/well-known.ts'
import { getIfThere } from '../../client/retry.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { decide, digestOf, rememberedText } from './decide.ts'
import { contentOf, referencesOf } from './references.ts'
import type { ConfigReference } from './references.ts'

type Workload = Deployment | StatefulSet | DaemonSet

/** By this annotation a workload asks for it. */
export const RESTART_ON_CHANGE = 'toque.dev/restart-on-config-change'
/** On the workload: what its pods use. In its template, when that changed: the reason for new pods. */
export const CONFIG_HASH = 'toque.dev/config-hash'
/** Several changes that come together are one restart. */
const SETTLE_MS = 1000
const KEY_SECRET = { namespace: KUBE_SYSTEM, name: 'toque-config-hash', key: 'key' }
const KINDS = [Deployments, StatefulSets, DaemonSets] as readonly Resource<Workload>[]

/** Rolls out Deployments, StatefulSets and DaemonSets anew, by choice, when a ConfigMap or Secret changes that their pods use. */
export class ConfigRestartController implements Runnable {
  readonly name = 'config-restart-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  #hashKey: Promise<string> | undefined

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    for (const kind of KINDS) {
      const enqueue = (workload: Frozen<Workload>): void => { if (isAsked(workload)) this.#controller.enqueue(`${kind.plural} ${keyOf(workload)}`) }
      context.informers.for(kind).addHandler({ onAdd: enqueue, onUpdate: (now, old) => (semanticEqual(now.spec, old.spec) && isAsked(now) === isAsked(old)) || enqueue(now) })
    }
    context.informers.for(ConfigMaps).addHandler(this.#following('ConfigMap'))
    context.informers.for(Secrets).addHandler(this.#following('Secret'))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #following(kind: ConfigReference['kind']): { onAdd(o: Frozen<ConfigMap | Secret>): void; onUpdate(o: Frozen<ConfigMap | Secret>, old: Frozen<ConfigMap | Secret>): void } {
    const changed = (object: Frozen<ConfigMap | Secret>): void => this.#changed(kind, object)
    return { onAdd: changed, onUpdate: (now, old) => semanticEqual(contentOf(now), contentOf(old)) || changed(now) }
  }

  #changed(kind: ConfigReference['kind'], { metadata: { namespace = '', name } }: Frozen<ConfigMap | Secret>): void {
    for (const resource of KINDS) {
      for (const workload of this.#context.informers.for(resource).lister.list({ namespace })) {
        if (!isAsked(workload) || !referencesOf(workload.spec.template.spec ?? { containers: [] }).some((r) => r.kind === kind && r.name === name)) continue
        this.#controller.enqueueAfter(`${resource.plural} ${keyOf(workload)}`, SETTLE_MS)
      }
    }
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const [plural, at = ''] = key.split(' ')
    const resource = KINDS.find((kind) => kind.plural === plural)
    const workload = resource === undefined ? undefined : informers.for(resource).lister.getByKey(at)
    if (resource === undefined || workload === undefined || workload.metadata.deletionTimestamp !== undefined || !isAsked(workload)) return
    const { namespace, name } = splitKey(at)
    const references = referencesOf(workload.spec.template.spec ?? { containers: [] })
    const digest = digestOf(await this.#key(), references, (reference) => this.#content(namespace, reference))
    if (digest === undefined) return
    const decision = decide(workload.metadata.annotations?.[CONFIG_HASH], digest)
    if (decision === 'nothing') return
    const text = rememberedText(digest)
    const template = decision === 'restart' ? { spec: { template: { metadata: { annotations: { [CONFIG_HASH]: text } } } } } : {}
    await client.patch(resource, namespace, name, 'application/merge-patch+json', { metadata: { resourceVersion: workload.metadata.resourceVersion, annotations: { [CONFIG_HASH]: text } }, ...template })
    if (decision === 'restart') this.#recorder.event(workload, 'Normal', 'ConfigChanged', 'A ConfigMap or Secret that its pods use has changed: they are replaced, as the workload asks for.')
  }

  #content(namespace: string, { kind, name }: ConfigReference): Record<string, string> | undefined {
    const { informers } = this.#context
    const object = kind === 'ConfigMap' ? informers.for(ConfigMaps).lister.get(namespace, name) : informers.for(Secrets).lister.get(namespace, name)
    return object === undefined ? undefined : contentOf(object)
  }

  /** The cluster's key for digests, made once in its life: with another, everything would seem to have changed. */
  #key(): Promise<string> {
    this.#hashKey ??= this.#makeKey().catch((error: unknown) => {
      this.#hashKey = undefined
      throw error
    })
    return this.#hashKey
  }

  async #makeKey(): Promise<string> {
    const { client } = this.#context
    const { namespace, name, key } = KEY_SECRET
    const data = { [key]: randomBytes(32).toString('base64') }
    const draft: Draft<Secret> = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', immutable: true, data }
    const kept = await getIfThere(client, Secrets, namespace, name) ?? await client.create(Secrets, draft).catch((error: unknown) => {
      if (!hasReason(error, 'AlreadyExists')) throw error
      return client.get(Secrets, namespace, name)
    })
    return kept.data?.[key] ?? ''
  }
}

function isAsked({ metadata }: Frozen<Workload>): boolean {
  return metadata.annotations?.[RESTART_ON_CHANGE] === 'true'
}
