import type { Overview } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'

/** The overview in one sentence, the most urgent first. That all is well is said only where nothing is wrong with anything. */
export function headline({ apps, nodes, problems }: Pick<Overview, 'apps' | 'nodes' | 'problems'>): string {
  const total = Object.values(apps).reduce((sum, n) => sum + n, 0)
  const bad = apps.failed + apps.degraded
  if (nodes.ready < nodes.total) return m.headline_nodes({ ready: nodes.ready, total: nodes.total })
  if (bad > 0) return m.headline_bad({ count: bad, total })
  if (problems.length > 0) return m.headline_problems({ count: problems.length })
  if (apps.progressing > 0) return m.headline_progressing({ count: apps.progressing })
  return m.headline_healthy({ total })
}
