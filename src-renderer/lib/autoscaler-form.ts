import type { AutoscalerSettings } from '../../src-main/common/contract/index.ts'

/** What someone fills in to switch on an autoscaler. Numbers are text while they are typed. */
export interface AutoscalerForm {
  min: string
  max: string
  /** Percent of the requested CPU. */
  cpu: string
  toZero: boolean
  /** Minutes without work until it scales to zero. */
  zeroMinutes: string
}

export type AutoscalerField = 'min' | 'max' | 'cpu' | 'zeroMinutes'
/** What is wrong with a field; the screen has the words. */
export type AutoscalerProblem = 'whole' | 'under_min' | 'percent' | 'minutes'

const REPLICAS_MAX = 1000
const PERCENT_MAX = 1000
const MINUTES_MAX = 1440

/** The form as an autoscaler is set now; for a new one, around the replicas that there are. */
export function formOf(settings: AutoscalerSettings | undefined, replicas: number): AutoscalerForm {
  const least = settings?.min ?? Math.max(1, replicas)
  return {
    min: String(least), max: String(settings?.max ?? Math.max(3, least * 3)), cpu: String(settings?.cpuPercent ?? 70),
    toZero: settings?.toZeroAfterSeconds !== undefined, zeroMinutes: String(Math.max(1, Math.round((settings?.toZeroAfterSeconds ?? 600) / 60))),
  }
}

/** Problems by field; empty when the form can be applied. */
export function problemsOf({ min, max, cpu, toZero, zeroMinutes }: AutoscalerForm): Partial<Record<AutoscalerField, AutoscalerProblem>> {
  const problems: Partial<Record<AutoscalerField, AutoscalerProblem>> = {}
  const [least, most] = [whole(min, 1, REPLICAS_MAX), whole(max, 1, REPLICAS_MAX)]
  if (least === undefined) problems.min = 'whole'
  if (most === undefined) problems.max = 'whole'
  else if (least !== undefined && most < least) problems.max = 'under_min'
  if (whole(cpu, 1, PERCENT_MAX) === undefined) problems.cpu = 'percent'
  if (toZero && whole(zeroMinutes, 1, MINUTES_MAX) === undefined) problems.zeroMinutes = 'minutes'
  return problems
}

/** What the form says; undefined while something is wrong with it. */
export function settingsFrom(form: AutoscalerForm): AutoscalerSettings | undefined {
  if (Object.keys(problemsOf(form)).length > 0) return undefined
  return { min: Number(form.min), max: Number(form.max), cpuPercent: Number(form.cpu), ...(form.toZero ? { toZeroAfterSeconds: Number(form.zeroMinutes) * 60 } : {}) }
}

function whole(text: string, least: number, most: number): number | undefined {
  const trimmed = text.trim()
  return /^\d{1,5}$/.test(trimmed) && Number(trimmed) >= least && Number(trimmed) <= most ? Number(trimmed) : undefined
}
