import { expect } from 'vitest'
import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import { conformance } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'

conformance('[sig-architecture] Conformance Tests should have at least two untainted nodes', async (f) => {
  const usable = (await nodesOf(f)).filter(({ spec, status }) => (spec?.taints ?? []).length === 0 && spec?.unschedulable !== true && isConditionTrue(status?.conditions, 'Ready'))
  expect(usable.length).toBeGreaterThanOrEqual(2)
})
