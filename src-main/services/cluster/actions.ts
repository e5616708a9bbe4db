import type { AppAbility, ObjectRef } from '../../common/contract/index.ts'
import { timestamp } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { badRequest, hasReason, StatusError } from '../../common/errors.ts'
import type { PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, ReplicaSets } from '../../common/kube/kinds.ts'
import { isControlledBy } from '../../common/kube/owners.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { RESTARTED_AT } from '../../common/kube/well-known.ts'
import type { Client } from '../../engine/client/client.ts'
import { templateOfRevision } from '../views/revisions.ts'
import type { AppObject, AppRevision } from '../views/workload.ts'
import { appResource, workloadOf } from '../views/workload.ts'

const TRIES = 5
const CANNOT: Readonly<Record<AppAbility, string>> = {
  scale: 'has one pod on each server: there is no number of replicas to set', image: 'does not replace its pods when its image changes; edit its YAML', restart: 'has no rollout to restart; delete its pods one by one',
  pause: 'has no rollouts to pause', history: 'keeps no earlier versions', autoscale: 'has no number of replicas to set',
}

/** What of an app the buttons change. */
interface AppSpec {
  replicas?: number
  paused?: boolean
  template?: PodTemplateSpec
}

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
    await this.#change(app, 'scale', (spec) => { spec.replicas = replicas })
  }

  async setImage(app: ObjectRef, container: string, image: string): Promise<void> {
    await this.#change(app, 'image', (spec) => withImage(spec, app, container, image))
  }

  /** New pods from the same template, by an annotation with the time: as `kubectl rollout restart`. */
  async restart(app: ObjectRef): Promise<void> {
    await this.#change(app, 'restart', (spec) => {
      refusePaused(app, spec)
      if (spec.template !== undefined) spec.template.metadata = { ...spec.template.metadata, annotations: { ...spec.template.metadata?.annotations, [RESTARTED_AT]: timestamp(this.#clock.now()) } }
    })
  }

  async pause(app: ObjectRef, paused: boolean): Promise<void> {
    await this.#change(app, 'pause', (spec) => { spec.paused = paused })
  }

  async rollback(app: ObjectRef, revision: number): Promise<void> {
    const template = await this.revisionTemplate(app, revision)
    await this.#change(app, 'history', (spec) => {
      refusePaused(app, spec)
      spec.template = template
    })
  }

  /** The pod template of an earlier revision. NotFound when it is not kept any more. */
  async revisionTemplate(app: ObjectRef, revision: number): Promise<PodTemplateSpec> {
    const object = await this.#client.get(requireApp(app), app.namespace, app.name)
    requireAbility(object, 'history')
    const { items } = await this.#client.list<AppRevision>(app.kind === 'Deployment' ? ReplicaSets : ControllerRevisions, { namespace: app.namespace })
    const template = templateOfRevision(items.filter((of) => isControlledBy(of, object)), revision)
    if (template === undefined) throw new StatusError('NotFound', `Revision ${String(revision)} of ${app.name} is not kept any more. Choose one of its history.`)
    return template
  }

  async #change(app: ObjectRef, ability: AppAbility, edit: (spec: AppSpec) => void): Promise<void> {
    const resource = requireApp(app)
    for (let attempt = 1; ; attempt++) {
      const copy = structuredClone(await this.#client.get(resource, app.namespace, app.name)) as AppObject
      requireAbility(copy, ability)
      edit(copy.spec as AppSpec)
      try {
        await this.#client.update(resource, copy)
        return
      } catch (error) {
        if (!hasReason(error, 'Conflict') || attempt >= TRIES) throw error
      }
    }
  }
}

/** Changes one container's image in an app's spec, in place. */
export function withImage(spec: AppSpec, app: ObjectRef, container: string, image: string): void {
  const name = image.trim()
  if (name === '' || /\s/.test(name)) throw badRequest(`"${image}" is not an image name. It should look like nginx or registry.example.com/team/app:1.2.`)
  const pod = spec.template?.spec
  const target = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].find((c) => c.name === container)
  if (target === undefined) throw badRequest(`${app.name} has no container "${container}".`)
  target.image = name
}

/** Throws a sentence where this kind of app cannot do that. */
export function requireAbility(app: AppObject, ability: AppAbility): void {
  if (!workloadOf(app).abilities.includes(ability)) throw badRequest(`A ${app.kind} ${CANNOT[ability]}.`)
}

function requireApp(app: ObjectRef): Resource<AppObject> {
  const resource = appResource(app)
  if (resource === undefined) throw badRequest(`A ${app.kind} cannot be changed this way; edit its YAML.`)
  return resource
}

function refusePaused(app: ObjectRef, spec: AppSpec): void {
  if (spec.paused === true) throw badRequest(`${app.name} is paused: resume its rollout first.`)
}
