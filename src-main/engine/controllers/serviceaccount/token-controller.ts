import type { Secret, ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import { Secrets, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { TOKEN_ACCOUNT, TOKEN_ACCOUNT_UID, TOKEN_SECRET } from '../../../common/kube/token-secret.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/** As long as a token can be asked for: these have no end but their Secret's. */
const FOR_EVER_S = 2 ** 32

/** Fills Secrets of type `kubernetes.io/service-account-token` with a token that ends with the Secret, and deletes them with their account. */
export class TokenSecretController implements Runnable {
  readonly name = 'serviceaccount-token-controller'
  readonly #context: ControllerContext
  readonly #ca: string | undefined
  readonly #controller: Controller

  /** `ca`: the certificate of the API's CA, PEM. */
  constructor(context: ControllerContext, ca: string | undefined) {
    this.#context = context
    this.#ca = ca
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const { informers } = context
    const secrets = informers.for(Secrets)
    const look = (secret: Frozen<Secret>): void => {
      if (secret.type === TOKEN_SECRET) this.#controller.enqueue(keyOf(secret))
    }
    secrets.addHandler({ onAdd: look, onUpdate: look })
    const ofAccount = ({ metadata: { namespace = '', name } }: Frozen<ServiceAccount>): void => {
      for (const secret of secrets.lister.list({ namespace })) if (secret.metadata.annotations?.[TOKEN_ACCOUNT] === name) look(secret)
    }
    informers.for(ServiceAccounts).addHandler({ onAdd: ofAccount, onDelete: ofAccount })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const secret = informers.for(Secrets).lister.getByKey(key)
    if (secret?.type !== TOKEN_SECRET || secret.metadata.deletionTimestamp !== undefined) return
    const { annotations, namespace = '', name, uid } = secret.metadata
    const account = informers.for(ServiceAccounts).lister.get(namespace, annotations?.[TOKEN_ACCOUNT] ?? '')
    const meant = annotations?.[TOKEN_ACCOUNT_UID]
    if (account === undefined || (meant !== undefined && meant !== account.metadata.uid)) {
      await deleteIfThere(client, Secrets, secret)
      return
    }
    const missing = this.#missing(secret)
    if (missing === undefined && meant !== undefined) return
    const token = secret.data?.['token'] ?? base64((await client.requestToken(namespace, account.metadata.name, { audience: '', seconds: FOR_EVER_S, boundTo: { kind: 'Secret', name, uid } })).token)
    await client.update(Secrets, {
      ...secret, metadata: { ...secret.metadata, annotations: { ...annotations, [TOKEN_ACCOUNT_UID]: account.metadata.uid } }, data: { ...secret.data, ...missing, token },
    })
  }

  /** What the Secret must have beside its token, where it has not; undefined where nothing is missing. */
  #missing({ data, metadata: { namespace = '' } }: Frozen<Secret>): Record<string, string> | undefined {
    const wanted = { namespace: base64(namespace), ...(this.#ca === undefined ? {} : { 'ca.crt': base64(this.#ca) }) }
    const whole = data?.['token'] !== undefined && Object.entries(wanted).every(([key, value]) => data[key] === value)
    return whole ? undefined : wanted
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
