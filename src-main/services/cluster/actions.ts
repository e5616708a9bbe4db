import type { ObjectRef } from '../../common/contract/index.ts'
import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { badRequest, hasReason, notFound, StatusError } from '../../common/errors.ts'
import type { Deployment, ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import { Deployments, ReplicaSets } from '../../common/kube/kinds.ts'
import { isControlledBy } from '../../common/kube/owners.ts'
import { POD_TEMPLATE_HASH, RESTARTED_AT, REVISION } from '../../common/kube/well-known.ts'
import type { Client } from '../../engine/client/client.ts'

const TRIES = 5

/** The buttons of an app's screen, as the writes that kubectl would do. */
export class AppActions {
  readonly #client: Client
  readonly #clock: Clock

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  async scale(app: ObjectRef, replicas: number): Promise<void> {
    if (!Number.isInteger(replicas) || replicas < 0) throw badRequest(`${String(replicas)} is no number of replicas: a whole number, 0 or more.`)
    await this.#change(app, (spec) => { spec.replicas = replicas })
  }

  async setImage(app: ObjectRef, container: string, image: string): Promise<void> {
    await this.#change(app, (spec) => withImage(spec, app, container, image))
  }

  /** New pods from the same template, by an annotation with the time: as `kubectl rollout restart`. */
  async restart(app: ObjectRef): Promise<void> {
    await this.#change(app, (spec) => {
      if (spec.paused === true) throw badRequest(`${app.name} is paused: resume its rollout first.`)
      spec.template.metadata = { ...spec.template.metadata, annotations: { ...spec.template.metadata?.annotations, [RESTARTED_AT]: timestamp(this.#clock.now()) } }
    })
  }

  async pause(app: ObjectRef, paused: boolean): Promise<void> {
    await this.#change(app, (spec) => { spec.paused = paused })
  }

  async rollback(app: ObjectRef, revision: number): Promise<void> {
    const template = await this.revisionTemplate(app, revision)
    await this.#change(app, (spec) => {
      if (spec.paused === true) throw badRequest(`${app.name} is paused: resume its rollout first.`)
      spec.template = template
    })
  }

  /** The pod template of an earlier revision. NotFound when it is not kept any more. */
  async revisionTemplate(app: ObjectRef, revision: number): Promise<Deployment['spec'] extends infer S | undefined ? (S extends { template: infer T } ? T : never) : never> {
    requireDeployment(app)
    const deployment = await this.#client.get(Deployments, app.namespace, app.name)
    const { items } = await this.#client.list(ReplicaSets, { namespace: app.namespace })
    const set = items.find((s: Readonly<ReplicaSet>) => isControlledBy(s, deployment) && s.metadata.annotations?.[REVISION] === String(revision))
    if (set?.spec?.template === undefined) throw new StatusError('NotFound', `Revision ${String(revision)} of ${app.name} is not kept any more. Choose one of its history.`)
    const template = structuredClone(set.spec.template)
    delete template.metadata?.labels?.[POD_TEMPLATE_HASH]
    return template
  }

  async #change(app: ObjectRef, edit: (spec: NonNullable<Deployment['spec']>) => void): Promise<void> {
    requireDeployment(app)
    for (let attempt = 1; ; attempt++) {
      const copy = structuredClone(await this.#client.get(Deployments, app.namespace, app.name)) as Deployment
      if (copy.spec === undefined) throw notFound('deployments.apps', app.name)
      edit(copy.spec)
      try {
        await this.#client.update(Deployments, copy)
        return
      } catch (error) {
        if (!hasReason(error, 'Conflict') || attempt >= TRIES) throw error
      }
    }
  }
}

/** Changes one container's image in a deployment's spec, in place. */
export function withImage(spec: NonNullable<Deployment['spec']>, app: ObjectRef, container: string, image: string): void {
  const name = image.trim()
  if (name === '' || /\s/.test(name)) throw badRequest(`"${image}" is not an image name. It should look like nginx or registry.example.com/team/app:1.2.`)
  const pod = spec.template.spec
  const target = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].find((c) => c.name === container)
  if (target === undefined) throw badRequest(`${app.name} has no container "${container}".`)
  target.image = name
}

function requireDeployment(app: ObjectRef): void {
  if (app.kind !== 'Deployment') throw badRequest(`A ${app.kind} cannot be changed this way; edit its YAML.`)
}
