import { DOWN_WINDOW_S } from '../../../policy/autoscaling/behavior.ts'
import type { SwarmService } from '../../docker/types.ts'
import type { Asked } from '../labels.ts'
import { asksFor, ASKS, LabelReader, labelsOf, unasked } from '../labels.ts'
import { modeOf } from '../service-state.ts'

/** What a service is to be scaled by: at least one of CPU and memory, in percent of what a task reserves, else of its limit. */
export interface AutoscaleSettings {
  readonly min: number
  readonly max: number
  readonly cpuPercent: number | undefined
  readonly memoryPercent: number | undefined
  /** For so long fewer tasks must have been enough before some are taken away. */
  readonly stabilizationSeconds: number
  readonly everySeconds: number
}

const MOST = 1000
const EVERY_S = 15

/** What one task asks for, in thousandths (of a CPU, of a byte): what the percentages are of. */
export function amountsOf({ Spec: { TaskTemplate: { Resources } } }: SwarmService): { cpu?: number; memory?: number } {
  const nanoCpus = Resources?.Reservations?.NanoCPUs || Resources?.Limits?.NanoCPUs
  const bytes = Resources?.Reservations?.MemoryBytes || Resources?.Limits?.MemoryBytes
  return { ...(nanoCpus ? { cpu: Math.ceil(nanoCpus / 1_000_000) } : {}), ...(bytes ? { memory: bytes * 1000 } : {}) }
}

/** Reads `toque.autoscale.*`; what is missing or contradicts itself is refused with a sentence. Pure. */
export function readAutoscale(service: SwarmService): Asked<AutoscaleSettings> {
  const nothing = unasked(service, ASKS.autoscale)
  if (nothing !== undefined) return nothing
  const labels = new LabelReader(labelsOf(service), ASKS.autoscale, ['min', 'max', 'cpu', 'memory', 'stabilization', 'every'])
  const { problems } = labels
  const min = labels.whole('min', 1, MOST)
  const max = labels.whole('max', 1, MOST)
  const [cpuPercent, memoryPercent] = [labels.percent('cpu'), labels.percent('memory')]
  const stabilizationSeconds = labels.seconds('stabilization', 0, 3600) ?? DOWN_WINDOW_S
  const everySeconds = labels.seconds('every', 1, 300) ?? EVERY_S
  if (labels.text('max') === undefined) problems.push(`${labels.label('max')} is missing: say how many tasks it may have at most.`)
  if (min !== undefined && max !== undefined && min > max) problems.push(`${labels.label('min')} is ${String(min)} and ${labels.label('max')} is ${String(max)}: the least must not be more than the most.`)
  if (labels.text('cpu') === undefined && labels.text('memory') === undefined) problems.push(`It says neither ${labels.label('cpu')} nor ${labels.label('memory')}: set one of them to the percentage of use that is aimed at.`)
  problems.push(...clashes(service, labels))
  return problems.length > 0 ? { is: 'refused', problems } : { is: 'asked', settings: { min: min ?? 1, max: max ?? 1, cpuPercent, memoryPercent, stabilizationSeconds, everySeconds } }
}

/** What else the service says that speaks against it. */
function clashes(service: SwarmService, labels: LabelReader): string[] {
  const amounts = amountsOf(service)
  const without = (resource: 'cpu' | 'memory', field: string): string[] =>
    (labels.text(resource) === undefined || amounts[resource] !== undefined ? [] : [`${labels.label(resource)} is a percentage of what a task reserves (deploy.resources.reservations.${field}) or may use at most (deploy.resources.limits.${field}), and the service says neither: set one of them.`])
  const mode = modeOf(service)
  return [
    ...without('cpu', 'cpus'), ...without('memory', 'memory'),
    ...(mode === 'replicated' ? [] : [`Only a replicated service can be scaled, and this one is ${mode}: remove its ${ASKS.autoscale} labels, or change deploy.mode.`]),
    ...(asksFor(service, ASKS.schedule) ? [`It has ${ASKS.schedule}, too: a service either runs at times or is scaled by its use. Remove one of the two.`] : []),
  ]
}
