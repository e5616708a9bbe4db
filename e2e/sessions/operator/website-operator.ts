import { AppsV1Api, CustomObjectsApi, CoreV1Api, type Informer, type KubeConfig, type KubernetesListObject, type KubernetesObject, makeInformer, type ObjectCache, PatchStrategy, setHeaderOptions, type V1Deployment } from '@kubernetes/client-node'
import { KeyedQueue } from './keyed-queue.ts'
import { FINALIZER, GROUP, PLURAL, VERSION, type Website } from './website.ts'

const MANAGER = { fieldManager: 'website-operator', force: true }
const AS_APPLY = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply)
const AS_MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch)
const AGAIN_MS = 50

type Cache<T extends KubernetesObject> = Informer<T> & ObjectCache<T>

/** A small operator as people write them: of each Website it makes a Deployment and a ConfigMap, says in its status how far they are, and cleans up by a finalizer. */
export class WebsiteOperator {
  readonly queue: KeyedQueue
  readonly #core: CoreV1Api
  readonly #apps: AppsV1Api
  readonly #custom: CustomObjectsApi
  readonly #websites: Cache<Website>
  readonly #deployments: Cache<V1Deployment>
  #stopped = false

  constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api)
    this.#apps = config.makeApiClient(AppsV1Api)
    this.#custom = config.makeApiClient(CustomObjectsApi)
    this.queue = new KeyedQueue((key) => this.#reconcile(key))
    this.#websites = makeInformer<Website>(config, `/apis/${GROUP}/${VERSION}/${PLURAL}`, async () => (await this.#custom.listClusterCustomObject({ group: GROUP, version: VERSION, plural: PLURAL })) as KubernetesListObject<Website>) as Cache<Website>
    this.#deployments = makeInformer<V1Deployment>(config, '/apis/apps/v1/deployments', () => this.#apps.listDeploymentForAllNamespaces()) as Cache<V1Deployment>
  }

  async start(): Promise<void> {
    for (const verb of ['add', 'update', 'delete']) {
      this.#websites.on(verb, ({ metadata: { namespace = '', name } }) => this.queue.add(`${namespace}/${name}`))
      this.#deployments.on(verb, ({ metadata }) => {
        const owner = metadata?.ownerReferences?.find((o) => o.kind === 'Website')
        if (owner !== undefined) this.queue.add(`${metadata?.namespace ?? ''}/${owner.name}`)
      })
    }
    for (const informer of [this.#websites, this.#deployments] as Informer<KubernetesObject>[]) {
      informer.on('error', () => void setTimeout(() => (this.#stopped ? undefined : void informer.start()), AGAIN_MS))
      await informer.start()
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#websites.stop()
    await this.#deployments.stop()
    await this.queue.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/')
    const site = this.#websites.get(name, namespace)
    if (site === undefined) return
    const finalizers = site.metadata.finalizers ?? []
    if (site.metadata.deletionTimestamp !== undefined) return finalizers.includes(FINALIZER) ? this.#sayGoodbye(namespace, name, finalizers) : undefined
    if (!finalizers.includes(FINALIZER)) {
      await this.#patch(namespace, name, { metadata: { finalizers: [...finalizers, FINALIZER], resourceVersion: site.metadata.resourceVersion } })
      return
    }
    const replicas = site.spec.replicas ?? 0
    const metadata = { name, namespace, ownerReferences: [{ apiVersion: site.apiVersion, kind: site.kind, name, uid: site.metadata.uid ?? '', controller: true, blockOwnerDeletion: true }] }
    const labels = { website: name }
    await this.#core.patchNamespacedConfigMap({ namespace, name, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'index.html': site.spec.page } }, ...MANAGER }, AS_APPLY)
    const spec = { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] } } }
    await this.#apps.patchNamespacedDeployment({ namespace, name, body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }, ...MANAGER }, AS_APPLY)
    await this.#tellStatus(site, this.#deployments.get(name, namespace)?.status?.readyReplicas ?? 0, replicas)
  }

  async #tellStatus(site: Website, readyReplicas: number, wanted: number): Promise<void> {
    const { metadata: { name, namespace = '', generation = 0 }, status: before } = site
    const isReady = readyReplicas === wanted ? 'True' : 'False'
    const old = before?.conditions?.find((c) => c.type === 'Ready')
    if (before?.observedGeneration === generation && before.readyReplicas === readyReplicas && old?.status === isReady) return
    const lastTransitionTime = old?.status === isReady ? old.lastTransitionTime : new Date().toISOString()
    const condition = { type: 'Ready', status: isReady, reason: isReady === 'True' ? 'AllReady' : 'Waiting', message: `${String(readyReplicas)} of ${String(wanted)} are ready`, lastTransitionTime }
    const status = { observedGeneration: generation, readyReplicas, selector: `website=${name}`, conditions: [condition] }
    await this.#custom.patchNamespacedCustomObjectStatus({ group: GROUP, version: VERSION, plural: PLURAL, namespace, name, body: { status } }, AS_MERGE)
  }

  /** Leaves a note of who was there, and lets it go. */
  async #sayGoodbye(namespace: string, name: string, finalizers: readonly string[]): Promise<void> {
    await this.#core.patchNamespacedConfigMap({ namespace, name: `goodbye-${name}`, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `goodbye-${name}`, namespace } }, ...MANAGER }, AS_APPLY)
    await this.#patch(namespace, name, { metadata: { finalizers: finalizers.filter((f) => f !== FINALIZER) } })
  }

  async #patch(namespace: string, name: string, body: object): Promise<void> {
    await this.#custom.patchNamespacedCustomObject({ group: GROUP, version: VERSION, plural: PLURAL, namespace, name, body }, AS_MERGE)
  }
}
