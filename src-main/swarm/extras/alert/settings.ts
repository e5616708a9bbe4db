import type { SwarmService } from '../../docker/types.ts'
import type { Asked } from '../labels.ts'
import { asksFor, ASKS, LabelReader, labelsOf, unasked } from '../labels.ts'
import { modeOf } from '../service-state.ts'

/** Of what a service wants alerts. */
export interface AlertSettings {
  /** Fewer of its tasks run than should for more than so many seconds. */
  readonly tasksSeconds: number | undefined
  /** More than so many of its tasks ended by themselves within the window. */
  readonly restarts: number | undefined
  readonly windowSeconds: number
  /** On average its tasks use more than so many percent of what one may use, for more than `forSeconds`. */
  readonly cpuPercent: number | undefined
  readonly memoryPercent: number | undefined
  readonly forSeconds: number
  /** How often use is measured. */
  readonly everySeconds: number
}

const DAY_S = 24 * 3600
const WINDOW_S = 600
const FOR_S = 300
const EVERY_S = 15
const KINDS = ['tasks', 'restarts', 'cpu', 'memory'] as const

/** What one task may use, in thousandths (of a CPU, of a byte): its limit, else what it reserves. */
export function mostOf({ Spec: { TaskTemplate: { Resources } } }: SwarmService): { cpu?: number; memory?: number } {
  const nanoCpus = Resources?.Limits?.NanoCPUs || Resources?.Reservations?.NanoCPUs
  const bytes = Resources?.Limits?.MemoryBytes || Resources?.Reservations?.MemoryBytes
  return { ...(nanoCpus ? { cpu: nanoCpus / 1_000_000 } : {}), ...(bytes ? { memory: bytes * 1000 } : {}) }
}

/** Reads `toque.alert.*`; what says nothing, or is about what the service has not, is refused with a sentence. Pure. */
export function readAlert(service: SwarmService): Asked<AlertSettings> {
  const nothing = unasked(service, ASKS.alert)
  if (nothing !== undefined) return nothing
  const labels = new LabelReader(labelsOf(service), ASKS.alert, [...KINDS, 'window', 'for', 'every'])
  const { problems } = labels
  const settings: AlertSettings = {
    tasksSeconds: labels.seconds('tasks', 0, DAY_S), restarts: labels.whole('restarts', 0, 1000), windowSeconds: labels.seconds('window', 10, DAY_S) ?? WINDOW_S,
    cpuPercent: labels.percent('cpu'), memoryPercent: labels.percent('memory'), forSeconds: labels.seconds('for', 0, DAY_S) ?? FOR_S, everySeconds: labels.seconds('every', 1, 300) ?? EVERY_S,
  }
  if (KINDS.every((kind) => labels.text(kind) === undefined)) problems.push(`It says of nothing when to tell: set ${KINDS.map((kind) => labels.label(kind)).join(', ')}, or several of them.`)
  problems.push(...withoutAim(labels, 'window', ['restarts']), ...withoutAim(labels, 'for', ['cpu', 'memory']), ...withoutAim(labels, 'every', ['cpu', 'memory']), ...clashes(service, labels))
  return problems.length > 0 ? { is: 'refused', problems } : { is: 'asked', settings }
}

/** A label that only says how, of something that is not asked for. */
function withoutAim(labels: LabelReader, name: string, aims: readonly string[]): string[] {
  if (labels.text(name) === undefined || aims.some((aim) => labels.text(aim) !== undefined)) return []
  return [`${labels.label(name)} belongs to ${aims.map((aim) => labels.label(aim)).join(' and ')}, which ${aims.length === 1 ? 'is' : 'are'} missing.`]
}

function clashes(service: SwarmService, labels: LabelReader): string[] {
  const most = mostOf(service)
  const without = (resource: 'cpu' | 'memory', field: string): string[] =>
    (labels.text(resource) === undefined || most[resource] !== undefined ? [] : [`${labels.label(resource)} is a percentage of what a task may use at most (deploy.resources.limits.${field}) or reserves (deploy.resources.reservations.${field}), and the service says neither: set one of them.`])
  const mode = modeOf(service)
  const ends = mode === 'replicated-job' || mode === 'global-job' || asksFor(service, ASKS.schedule)
  const ending = ends && (labels.text('tasks') !== undefined || labels.text('restarts') !== undefined)
  return [
    ...without('cpu', 'cpus'), ...without('memory', 'memory'),
    ...(ending ? [`Its tasks are meant to end (${asksFor(service, ASKS.schedule) ? ASKS.schedule : mode}): remove ${labels.label('tasks')} and ${labels.label('restarts')}. How a run ended is told anyway.`] : []),
  ]
}
