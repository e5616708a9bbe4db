import type { EventEntry, ObjectRef } from '../../common/contract/index.ts'
import type { DockerEvent } from '../../hosts/docker-events.ts'
import type { SwarmService, SwarmTask } from '../docker/types.ts'
import { namespaceOf, nodeNames, nodeRef, serviceRef, SWARM_API, taskRef, time } from './refs.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'
import { taskReason } from './task-reason.ts'

/** What an event's object is looked up in: its labels and name are not in the event. */
export interface EventContext {
  readonly services: readonly SwarmService[]
  readonly nodes: Parameters<typeof nodeNames>[0]
}

const KINDS: Readonly<Record<string, string>> = { service: 'Service', node: 'Node', network: 'Network', secret: 'Secret', config: 'Config' }
const DONE: Readonly<Record<string, readonly [reason: string, words: string]>> = { create: ['Created', 'It was created.'], update: ['Updated', 'It was updated.'], remove: ['Removed', 'It was removed.'] }

/** One of a manager's events as the screens show it; undefined for what says nothing to people. Pure. */
export function eventOfDocker({ Type, Action, Actor, timeNano }: DockerEvent, about: EventContext | undefined): EventEntry | undefined {
  const kind = KINDS[Type]
  const done = DONE[Action]
  if (kind === undefined || done === undefined) return undefined
  const told = Type === 'node' ? nodeWords(Actor.Attributes) : Type === 'service' ? serviceWords(Actor.Attributes) : ''
  // Managers write to nodes and services all the time: only what people see is told.
  if (Action === 'update' && told === '' && (Type === 'node' || Type === 'service')) return undefined
  const bad = Type === 'node' && (Actor.Attributes['state.new'] === 'down' || Actor.Attributes['reachability.new'] === 'unreachable')
  return {
    id: `${Type} ${Actor.ID} ${Action} ${String(timeNano)}`, time: Math.round(timeNano / 1e6), type: bad ? 'Warning' : 'Normal', reason: `${kind}${done[0]}`,
    message: told === '' ? done[1] : told, about: refOfActor(kind, Actor, about), count: 1,
  }
}

function refOfActor(kind: string, { ID, Attributes }: DockerEvent['Actor'], about: EventContext | undefined): ObjectRef {
  const told = Attributes['name'] ?? ''
  const name = told === '' ? ID : told
  if (kind === 'Node') return nodeRef((about === undefined ? undefined : nodeNames(about.nodes).get(ID)) ?? name)
  const service = kind === 'Service' ? about?.services.find((one) => one.ID === ID) : undefined
  return service === undefined ? { apiVersion: SWARM_API, kind, namespace: namespaceOf(undefined), name } : serviceRef(service)
}

/** `was`: how it was before, in brackets; '' where that is not told. Whole sentences, for they are translated as such. */
type Change = readonly [what: string, words: (now: string, was: string) => string]

const NODE_CHANGES: readonly Change[] = [
  ['state', (now, was) => `Its state is ${now} now${was}.`], ['availability', (now, was) => `Its availability is ${now} now${was}.`],
  ['role', (now, was) => `Its role is ${now} now${was}.`], ['reachability', (now, was) => `As a manager it is ${now} now${was}.`],
]
const SERVICE_CHANGES: readonly Change[] = [['image', (now, was) => `The image is ${now} now${was}.`], ['replicas', (now, was) => `The number of replicas is ${now} now${was}.`]]

function nodeWords(attributes: Readonly<Record<string, string>>): string {
  const leads = attributes['leader.new'] === 'true' && attributes['leader.old'] !== 'true'
  return [...changeWords(NODE_CHANGES, attributes), ...(leads ? ['It leads the managers now.'] : [])].join(' ')
}

function serviceWords(attributes: Readonly<Record<string, string>>): string {
  return changeWords(SERVICE_CHANGES, attributes).join(' ')
}

function changeWords(changes: readonly Change[], attributes: Readonly<Record<string, string>>): string[] {
  return changes.flatMap(([what, words]) => {
    const [now = '', before = ''] = [attributes[`${what}.new`], attributes[`${what}.old`]]
    return now === '' || now === before ? [] : [words(now, before === '' ? '' : ` (${before} before)`)]
  })
}

/** `node`: '' where it is not known. */
const TASK_WORDS: Readonly<Record<string, readonly [reason: string, words: (node: string) => string]>> = {
  running: ['Started', (node) => `The task was started${node === '' ? '' : ` on ${node}`}.`], complete: ['Completed', (node) => `The task did its work${node === '' ? '' : ` on ${node}`}.`],
  shutdown: ['Ended', (node) => `The task has ended${node === '' ? '' : ` on ${node}`}.`], failed: ['Failed', (node) => `The task failed${node === '' ? '' : ` on ${node}`}.`],
  rejected: ['Rejected', (node) => `The task was rejected${node === '' ? '' : ` by ${node}`}.`], orphaned: ['Lost', () => 'The task is lost.'], pending: ['Waiting', () => 'The task waits.'],
}

/** What became of a task: it runs, it ended and why, it waits and why. Undefined for the steps in between. Pure. */
export function eventOfTask(task: SwarmTask, service: SwarmService | undefined, node: string): EventEntry | undefined {
  const { State, Timestamp } = task.Status
  const why = taskReason(task)
  const told = TASK_WORDS[State]
  if (told === undefined || task.ServiceID === undefined || (State === 'pending' && why === undefined)) return undefined
  const ending = !isTaskEnded(task) && !isTaskWanted(task)
  const [word, words] = told
  const message = why?.message ?? (ending ? `The task was asked to end${node === '' ? '' : ` on ${node}`}.` : words(node))
  return {
    id: `task ${task.ID} ${State} ${ending ? 'ending' : why?.reason ?? ''}`, time: time(Timestamp), type: why === undefined ? 'Normal' : 'Warning',
    reason: ending ? 'Ending' : why?.reason ?? word, message, about: taskRef(task, service), count: 1,
  }
}

const UPDATE_WORDS: Readonly<Record<string, [reason: string, type: EventEntry['type'], words: string]>> = {
  updating: ['Updating', 'Normal', 'An update began.'], completed: ['Updated', 'Normal', 'The update is complete.'], paused: ['UpdatePaused', 'Warning', 'The update stopped.'],
  rollback_started: ['RollingBack', 'Warning', 'It goes back to what it was before.'], rollback_completed: ['RolledBack', 'Warning', 'It is what it was before the update again.'], rollback_paused: ['RollbackPaused', 'Warning', 'The way back stopped.'],
}

/** How far an update, or the way back, has come. Pure. */
export function eventOfUpdate(service: SwarmService): EventEntry | undefined {
  const { State = '', StartedAt, CompletedAt, Message = '' } = service.UpdateStatus ?? {}
  const found = UPDATE_WORDS[State]
  // Without a version before it Swarm has put a place right that had two tasks: no update that anybody asked for.
  if (found === undefined || (State === 'completed' && service.PreviousSpec === undefined)) return undefined
  const [reason, type, words] = found
  return {
    id: `update ${service.ID} ${State} ${StartedAt ?? ''}`, time: time(CompletedAt) || time(StartedAt), type, reason,
    message: State === 'updating' || State === 'completed' || Message === '' ? words : `${words} Docker says: ${Message}`, about: serviceRef(service), count: 1,
  }
}
