import type { AppDetail, AppSummary, EventEntry, Instance, NodeSummary, ObjectRef, Overview } from '../../common/contract/index.ts'
import { groupBy } from '../../common/group-by.ts'
import { overviewOf } from '../../common/views/overview.ts'
import { sameRef } from '../../common/views/same-ref.ts'
import { isTaskEnded } from '../docker/task-state.ts'
import type { SwarmService, SwarmTask } from '../docker/types.ts'
import { quorumHealth } from '../setup/quorum.ts'
import type { SwarmPicture } from '../state/picture.ts'
import { managersOf, nodeSummary } from './node-summary.ts'
import { namespaceOf, nodeNames, nodeRef, NO_STACK, serviceRef, taskIdOf } from './refs.ts'
import { serviceDetail, serviceSummary } from './service-app.ts'
import type { ServiceParts } from './service-app.ts'
import { isSlotWanted, restartsOf, slotsOf } from './slots.ts'
import { instanceOfTask } from './task-instance.ts'
import { whyNotPerNode } from './why-not.ts'

/** One moment of a swarm as the screens see it. Each view is made when it is first asked for. */
export class SwarmSnapshot {
  readonly picture: SwarmPicture
  readonly #names: Map<string, string>
  readonly #services: Map<string, SwarmService>
  readonly #tasks: Map<string, SwarmTask[]>
  #apps: AppSummary[] | undefined
  #instances: { instance: Instance; isPresent: boolean }[] | undefined
  #nodes: NodeSummary[] | undefined

  constructor(picture: SwarmPicture) {
    this.picture = picture
    this.#names = nodeNames(picture.nodes)
    this.#services = new Map(picture.services.map((service) => [service.ID, service]))
    this.#tasks = groupBy(picture.tasks, ({ ServiceID = '' }) => ServiceID)
  }

  get apps(): AppSummary[] {
    this.#apps ??= this.picture.services.map((service) => serviceSummary(this.#parts(service)))
    return this.#apps
  }

  /** One app, undefined when it is gone. */
  app(ref: ObjectRef): AppDetail | undefined {
    const service = this.service(ref)
    return service === undefined ? undefined : serviceDetail(this.#parts(service))
  }

  service(ref: ObjectRef): SwarmService | undefined {
    return ref.kind === 'Service' ? this.picture.services.find((service) => sameRef(serviceRef(service), ref)) : undefined
  }

  /** The tasks that are there, or that last were at their place. With an app asked for: also those before, which say what went wrong. */
  instances({ namespace, app, node }: { namespace?: string; app?: ObjectRef; node?: string } = {}): Instance[] {
    return this.#allInstances.filter(({ instance, isPresent }) => (
      (isPresent || app !== undefined) && (namespace === undefined || instance.ref.namespace === namespace) && (node === undefined || instance.node === node)
      && (app === undefined || (instance.app !== undefined && sameRef(instance.app, app)))
    )).map(({ instance }) => instance)
  }

  /** One task, of the past as well. */
  instance(ref: ObjectRef): Instance | undefined {
    return this.#allInstances.find(({ instance }) => sameRef(instance.ref, ref))?.instance
  }

  task(ref: ObjectRef): SwarmTask | undefined {
    const id = taskIdOf(ref)
    return ref.kind === 'Task' ? this.picture.tasks.find((task) => task.ID === id) : undefined
  }

  get nodes(): NodeSummary[] {
    if (this.#nodes === undefined) {
      const tasks = groupBy(this.picture.tasks, ({ NodeID = '' }) => NodeID)
      const managers = managersOf(this.picture.nodes)
      this.#nodes = this.picture.nodes.map((node) => nodeSummary(node, this.nodeName(node.ID), tasks.get(node.ID) ?? [], managers))
    }
    return this.#nodes
  }

  nodeName(id: string): string {
    return this.#names.get(id) ?? id
  }

  /** The ID of the node with this name. */
  nodeId(name: string): string | undefined {
    return this.picture.nodes.find(({ ID }) => this.nodeName(ID) === name)?.ID
  }

  /** Everything at a glance; what is old says so, and counts as unknown. */
  get overview(): Overview {
    const { source, nodes } = this.picture
    const overview = overviewOf(this.apps, this.instances(), this.nodes)
    if (source.state !== 'offline') return withQuorum(overview, this)
    const leader = nodes.find(({ ManagerStatus }) => ManagerStatus?.Leader === true)
    const about = nodeRef(leader === undefined ? '' : this.nodeName(leader.ID))
    const old = source.since === undefined ? '' : ' What is shown is how it was when it was last heard of.'
    return { ...overview, health: 'unknown', problems: [{ reason: 'SwarmUnreachable', message: `${old === '' ? source.message : ended(source.message)}${old}`, about }, ...overview.problems] }
  }

  /** Those about one object; an app's include those of its tasks. `all`: newest first. */
  events(all: readonly EventEntry[], about: ObjectRef | undefined, limit: number): EventEntry[] {
    const prefix = about?.kind === 'Service' ? `${about.name}.` : undefined
    const wanted = (event: EventEntry): boolean => about === undefined || sameRef({ ...event.about, apiVersion: about.apiVersion }, about) || (prefix !== undefined && event.about.kind === 'Task' && event.about.name.startsWith(prefix))
    return all.filter(wanted).slice(0, limit)
  }

  /** The stacks, and where what belongs to none is shown. */
  get namespaces(): string[] {
    const { services, networks, secrets, configs } = this.picture
    const named = [...services, ...secrets, ...configs].map(({ Spec }) => namespaceOf(Spec.Labels))
    return [...new Set([NO_STACK, ...named, ...networks.map(({ Labels }) => namespaceOf(Labels))])].sort()
  }

  get #allInstances(): { instance: Instance; isPresent: boolean }[] {
    this.#instances ??= [...this.#tasks].flatMap(([serviceId, tasks]) => (serviceId === '' ? [] : this.#instancesOf(this.#services.get(serviceId), tasks)))
    return this.#instances
  }

  #instancesOf(service: SwarmService | undefined, tasks: readonly SwarmTask[]): { instance: Instance; isPresent: boolean }[] {
    const byId = new Map(this.picture.nodes.map((node) => [node.ID, node]))
    return slotsOf(tasks).flatMap((slot) => [slot.present, ...slot.past].map((task) => {
      const isPresent = task === slot.present && (isSlotWanted(slot) || !isTaskEnded(task))
      const instance = instanceOfTask(task, {
        service, node: byId.get(task.NodeID ?? ''), nodeName: task.NodeID === undefined || task.NodeID === '' ? '' : this.nodeName(task.NodeID),
        restarts: task === slot.present ? restartsOf(slot) : 0,
        perNode: task.Status.State === 'pending' && (task.NodeID ?? '') === '' ? whyNotPerNode(task, this.picture.nodes, this.picture.tasks, (id) => this.nodeName(id)) : [],
      })
      // One that ends runs on beside its successor.
      return { instance, isPresent: isPresent || !isTaskEnded(task) }
    }))
  }

  #parts(service: SwarmService): ServiceParts {
    return { service, tasks: this.#tasks.get(service.ID) ?? [], nodes: this.picture.nodes, services: this.picture.services, alerts: this.picture.alerts.get(service.ID) ?? [] }
  }
}

/** Two managers are worse than one: if either fails, nothing can be changed. Where too few reach each other that is so already, although one still tells what it knows. */
function withQuorum(overview: Overview, snapshot: SwarmSnapshot): Overview {
  const managers = snapshot.picture.nodes.filter(({ ManagerStatus }) => ManagerStatus !== undefined)
  const leader = managers.find(({ ManagerStatus }) => ManagerStatus?.Leader === true)
  if (leader === undefined) return overview
  const about = nodeRef(snapshot.nodeName(leader.ID))
  // One that was just made is not known yet to be reachable.
  const { state, advice } = quorumHealth(managers.length, managers.filter(({ ManagerStatus }) => ManagerStatus?.Reachability !== 'unreachable').length)
  if (state === 'lost' && advice !== undefined) return { ...overview, health: 'unknown', problems: [{ ...advice, about }, ...overview.problems] }
  if (managers.length !== 2) return overview
  return { ...overview, problems: [...overview.problems, { reason: 'TwoManagers', message: 'With two managers the swarm stands still as soon as one of them fails: a majority of two is two. Promote a third server, or demote one.', about }] }
}

/** With a stop at its end: others' words often have none. */
function ended(sentence: string): string {
  return /[.!?)]$/.test(sentence) ? sentence : `${sentence}.`
}
