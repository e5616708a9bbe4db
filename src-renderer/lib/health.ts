import type { Health } from '../../src-main/common/contract/index.ts'

/** Worst first: how lists are sorted and sums are shown. */
export const HEALTH_ORDER: readonly Health[] = ['failed', 'degraded', 'progressing', 'unknown', 'stopped', 'healthy']

/** Negative when `a` is worse than `b`. */
export function compareHealth(a: Health, b: Health): number {
  return HEALTH_ORDER.indexOf(a) - HEALTH_ORDER.indexOf(b)
}
