import { Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { Gateways } from '../../../common/kube/gateway.ts'
import { Ingresses } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { isControlledBy } from '../../../common/kube/owners.ts'
import { deleteIfThere, getIfThere } from '../../client/retry.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { wantedCertificates } from './wanted.ts'
import type { Asker } from './wanted.ts'

/** Makes the Certificates that Ingresses and Gateways ask for by annotation, and takes away those that they ask for no more. */
export class AskedCertificates implements Runnable {
  readonly name = 'asked-certificates-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #recorder: EventRecorder

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 2, reconcile: (key) => this.#reconcile(key) })
    const look = (asker: Asker): void => this.#controller.enqueue(`${asker.kind}/${keyOf(asker)}`)
    const [ingresses, gateways] = [context.informers.for(Ingresses), context.informers.for(Gateways)]
    // Its owner may want it back, and somebody else may have waited for the name.
    const lookAround = ({ metadata: { namespace = '', name } }: Frozen<Certificate>): void => {
      for (const asker of [...ingresses.lister.list({ namespace }), ...gateways.lister.list({ namespace })]) if (wantedCertificates(asker).some(({ metadata }) => metadata.name === name)) look(asker)
    }
    ingresses.addHandler({ onAdd: look, onUpdate: look })
    gateways.addHandler({ onAdd: look, onUpdate: (now, old) => { if (!semanticEqual([now.spec, now.metadata.annotations], [old.spec, old.metadata.annotations])) look(now) } })
    context.informers.for(Certificates).addHandler({ onUpdate: (now, old) => { if (now.metadata.generation !== old.metadata.generation) lookAround(now) }, onDelete: lookAround })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<void> {
    const { client, informers } = this.#context
    const [kind = '', ...rest] = key.split('/')
    const at = rest.join('/')
    const asker: Asker | undefined = kind === Ingresses.kind ? informers.for(Ingresses).lister.getByKey(at) : informers.for(Gateways).lister.getByKey(at)
    if (asker === undefined || asker.metadata.deletionTimestamp !== undefined) return
    const wanted = wantedCertificates(asker)
    for (const draft of wanted) await this.#make(asker, draft)
    const names = new Set(wanted.map(({ metadata }) => metadata.name))
    for (const certificate of informers.for(Certificates).lister.list({ namespace: asker.metadata.namespace ?? '' })) {
      if (isControlledBy(certificate, asker) && !names.has(certificate.metadata.name)) await deleteIfThere(client, Certificates, certificate)
    }
  }

  async #make(asker: Asker, draft: Draft<Certificate>): Promise<void> {
    const { client } = this.#context
    const there = await getIfThere(client, Certificates, draft.metadata.namespace ?? '', draft.metadata.name ?? '')
    if (there === undefined) {
      await client.create(Certificates, draft)
    } else if (isControlledBy(there, asker)) {
      if (!semanticEqual(there.spec, draft.spec)) await client.update(Certificates, { ...there, spec: draft.spec })
    } else {
      const missing = draft.spec.dnsNames.filter((name) => !there.spec.dnsNames.includes(name))
      if (missing.length > 0) this.#recorder.event(asker, 'Warning', 'CertificateTaken', `Certificate ${there.metadata.name} is not of this ${asker.kind}, and is not for ${missing.join(', ')}: name another Secret, or add the names there`)
    }
  }
}
