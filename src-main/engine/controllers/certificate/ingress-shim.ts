import { Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Ingress } from '../../../common/kube/generated/networking-v1.ts'
import { Ingresses } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { isControlledBy } from '../../../common/kube/owners.ts'
import { deleteIfThere, getIfThere } from '../../client/retry.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { wantedCertificates } from './wanted.ts'

/** Makes the Certificates that Ingresses ask for by annotation, and takes away those that they ask for no more. */
export class IngressCertificates implements Runnable {
  readonly name = 'ingress-certificates-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #recorder: EventRecorder

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 2, reconcile: (key) => this.#reconcile(key) })
    const look = (ingress: Frozen<Ingress>): void => this.#controller.enqueue(keyOf(ingress))
    const ingresses = context.informers.for(Ingresses)
    // Its owner may want it back, and another Ingress may have waited for the name.
    const lookAround = ({ metadata }: Frozen<Certificate>): void => ingresses.lister.list({ namespace: metadata.namespace ?? '' }).forEach((ingress) => {
      if (wantedCertificates(ingress).some((draft) => draft.metadata.name === metadata.name)) look(ingress)
    })
    ingresses.addHandler({ onAdd: look, onUpdate: look })
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
    const ingress = informers.for(Ingresses).lister.getByKey(key)
    if (ingress === undefined || ingress.metadata.deletionTimestamp !== undefined) return
    const wanted = wantedCertificates(ingress)
    for (const draft of wanted) await this.#make(ingress, draft)
    const names = new Set(wanted.map(({ metadata }) => metadata.name))
    for (const certificate of informers.for(Certificates).lister.list({ namespace: ingress.metadata.namespace ?? '' })) {
      if (isControlledBy(certificate, ingress) && !names.has(certificate.metadata.name)) await deleteIfThere(client, Certificates, certificate)
    }
  }

  async #make(ingress: Frozen<Ingress>, draft: Draft<Certificate>): Promise<void> {
    const { client } = this.#context
    const there = await getIfThere(client, Certificates, draft.metadata.namespace ?? '', draft.metadata.name ?? '')
    if (there === undefined) {
      await client.create(Certificates, draft)
    } else if (isControlledBy(there, ingress)) {
      if (!semanticEqual(there.spec, draft.spec)) await client.update(Certificates, { ...there, spec: draft.spec })
    } else {
      const missing = draft.spec.dnsNames.filter((name) => !there.spec.dnsNames.includes(name))
      if (missing.length > 0) this.#recorder.event(ingress, 'Warning', 'CertificateTaken', `Certificate ${there.metadata.name} is not of this Ingress, and is not for ${missing.join(', ')}: name another Secret in spec.tls, or add the names there`)
    }
  }
}
