import { hasReason } from '../../../common/errors.ts'
import { ConfigMaps, Namespaces, ServiceAccounts } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/** The account that pods run as when they name none, and the ConfigMap with the cluster's CA. */
const ACCOUNT = 'default'
const ROOT_CA = 'kube-root-ca.crt'

/** Gives every namespace its `default` ServiceAccount and, where a CA is given, the `kube-root-ca.crt` ConfigMap. */
export class ServiceAccountController implements Runnable {
  readonly name = 'serviceaccount-controller'
  readonly #context: ControllerContext
  readonly #ca: string | undefined
  readonly #controller: Controller

  /** `ca`: the certificate of the API's CA, PEM. */
  constructor(context: ControllerContext, ca: string | undefined) {
    this.#context = context
    this.#ca = ca
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    context.informers.for(Namespaces).addHandler({ onAdd: (n) => this.#controller.enqueue(n.metadata.name) })
    const lost = (name: string) => (o: Readonly<KubeObject>): void => {
      if (o.metadata.name === name) this.#controller.enqueue(o.metadata.namespace ?? '')
    }
    context.informers.for(ServiceAccounts).addHandler({ onDelete: lost(ACCOUNT) })
    const changed = lost(ROOT_CA)
    context.informers.for(ConfigMaps).addHandler({ onUpdate: changed, onDelete: changed })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(namespace: string): Promise<void> {
    const { client, informers } = this.#context
    const object = informers.for(Namespaces).lister.get('', namespace)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
    if (informers.for(ServiceAccounts).lister.get(namespace, ACCOUNT) === undefined) {
      await unlessThere(client.create(ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace } }))
    }
    if (this.#ca === undefined) return
    const data = { 'ca.crt': this.#ca }
    const there = informers.for(ConfigMaps).lister.get(namespace, ROOT_CA)
    if (there === undefined) {
      const annotations = { 'kubernetes.io/description': 'The certificate of the CA that the Kubernetes API server is verified with.' }
      await unlessThere(client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ROOT_CA, namespace, annotations }, data }))
    } else if (there.data?.['ca.crt'] !== this.#ca) await client.update(ConfigMaps, { ...there, data })
  }
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error
  }
}
