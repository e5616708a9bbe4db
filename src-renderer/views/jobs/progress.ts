import type { JobSummary } from '../../../src-main/common/contract/index.ts'
import { m } from '../../paraglide/messages.js'
import { fmt } from '../../state/i18n.svelte.ts'

/** `23 of 40 done`, or how many are done where no number is wanted. */
export function progressWords({ completions, succeeded }: Pick<JobSummary, 'completions' | 'succeeded'>): string {
  return completions === undefined ? m.job_progress_any({ count: succeeded }) : m.job_progress_of({ done: succeeded, total: completions })
}

/** How long it took, or has been at work; '–' while it has not begun. */
export function tookWords({ startedAt, endedAt, state }: Pick<JobSummary, 'startedAt' | 'endedAt' | 'state'>): string {
  if (startedAt === undefined) return '–'
  if (endedAt !== undefined) return fmt.duration(endedAt - startedAt)
  return state === 'running' ? fmt.age(startedAt) : '–'
}
