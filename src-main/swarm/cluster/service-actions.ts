import type { Action, ObjectRef, Plan, Problem, RegistryLogin } from '../../common/contract/index.ts'
import { badRequest, StatusError, toStatusError } from '../../common/errors.ts'
import { together } from '../../common/together.ts'
import type { SwarmService } from '../docker/types.ts'
import { asksFor, ASKS } from '../extras/labels.ts'
import { namespaceOf } from '../views/refs.ts'
import { isJob } from '../docker/service-mode.ts'
import type { ManagerAccess } from './change-service.ts'
import { changeService, readService } from './change-service.ts'
import { specPlan } from './preview.ts'
import type { RegistryLogins } from './registry-logins.ts'
import { resolveImage } from './resolve-image.ts'
import { checkedImage, registryAuth, registryOf, withImage, withReplicas, withRestart } from './service-edits.ts'

const IMAGE = 'TaskTemplate.ContainerSpec.Image'

/** The buttons of a service's screen, as the writes that the docker CLI would do. */
export class ServiceActions {
  readonly #access: ManagerAccess
  readonly #logins: RegistryLogins

  constructor(access: ManagerAccess, logins: RegistryLogins) {
    this.#access = access
    this.#logins = logins
  }

  async scale(app: ObjectRef, replicas: number): Promise<void> {
    await changeService(this.#access, app, (service) => withReplicas(service, replicas))
  }

  async setImage(app: ObjectRef, container: string, image: string): Promise<void> {
    const name = checkedImage(image)
    const auth = this.#logins.for(app.namespace, name)
    const answer = await resolveImage(this.#access.api, name, auth)
    await changeService(this.#access, app, (service) => withImage(service, container, name, 'found' in answer ? answer.found : undefined), auth === undefined ? {} : { auth })
  }

  async restart(app: ObjectRef): Promise<void> {
    await changeService(this.#access, app, withRestart, { once: true })
  }

  /** Lets an update that stopped go on. Swarm has no word for stopping one. */
  async pause(app: ObjectRef, paused: boolean): Promise<void> {
    if (paused) throw notInSwarm('Swarm cannot pause an update: it stops only by itself, when new tasks fail. To hold new versions back, leave the image as it is.')
    await changeService(this.#access, app, (service) => {
      const state = service.UpdateStatus?.State
      if (state !== 'paused' && state !== 'rollback_paused') throw badRequest(`${app.name} has no update that stopped: there is nothing to let go on.`)
      return service.Spec
    })
  }

  async rollback(app: ObjectRef, revision: number): Promise<void> {
    await changeService(this.#access, app, (service) => {
      requirePrevious(service, revision)
      return service.Spec
    }, { rollback: true, once: true })
  }

  /** What an action would make of a service's spec; what is wrong with the action is in `problems`. */
  async preview(action: Extract<Action, { type: 'setImage' | 'rollback' }>): Promise<Plan> {
    try {
      const service = await readService(this.#access, action.app)
      if (action.type === 'rollback') return specPlan(service, requirePrevious(service, action.revision))
      const name = checkedImage(action.image)
      const answer = await resolveImage(this.#access.api, name, this.#logins.for(action.app.namespace, name))
      const notFound: Problem[] = 'found' in answer ? [] : [{ severity: 'warning', message: answer.notFound, field: IMAGE }]
      return specPlan(service, withImage(service, action.container, name, 'found' in answer ? answer.found : undefined), [...notFound, ...besideCanary(service, name)])
    } catch (error) {
      return { changes: [], problems: [{ severity: 'error', message: toStatusError(error).message }] }
    }
  }

  /**
   * Keeps a registry's login for the stack's services to come, and gives it to those that are there and pull from that registry: Swarm keeps it beside each
   * service, encrypted, and hands it to the nodes. Their running tasks are left alone.
   */
  async saveLogin(login: RegistryLogin, services: readonly SwarmService[]): Promise<void> {
    const { registry, auth } = registryAuth(login)
    this.#logins.save(login)
    const users = services.filter(({ Spec }) => namespaceOf(Spec.Labels) === login.namespace && registryOf(Spec.TaskTemplate.ContainerSpec?.Image ?? '') === registry)
    await together(new AbortController().signal, () => users.map(({ Spec }) => changeService(this.#access, { apiVersion: 'swarm', kind: 'Service', namespace: login.namespace, name: Spec.Name }, (service) => service.Spec, { auth })))
  }
}

/** A canary is asked for by a label, in the stack's file: said to whoever changes the image past it. */
function besideCanary(service: SwarmService, image: string): Problem[] {
  if (!asksFor(service, ASKS.canary)) return []
  return [{ severity: 'warning', message: `${service.Spec.Name} has canary labels, and this goes past them: its tasks are updated as its update settings say. To try the image by steps first, edit the service and set the label ${ASKS.canary}.image to ${image}.`, field: IMAGE }]
}

function requirePrevious(service: SwarmService, revision: number): SwarmService['Spec'] {
  const { PreviousSpec, Spec } = service
  if (isJob(service)) throw badRequest(`${Spec.Name} is a job: it keeps no earlier version to go back to.`)
  if (PreviousSpec === undefined) throw new StatusError('NotFound', `${Spec.Name} has not been updated yet: there is no version before this one.`)
  if (revision !== 1) throw new StatusError('NotFound', `Swarm keeps one version before the present one, and ${String(revision)} is not that. Choose revision 1.`)
  return PreviousSpec
}

/** What the screens can ask of other clusters, and Swarm has no word for. */
export function notInSwarm(message: string): StatusError {
  return new StatusError('MethodNotAllowed', message)
}
