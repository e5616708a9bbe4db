import { expect } from 'vitest'
import type { Node } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'

conformance('[sig-architecture] Conformance Tests should have at least two untainted nodes', async (f) => {
  const { items } = await f.client.get<{ items: Node[] }>('/api/v1/nodes')
  const usable = items.filter(({ spec, status }) => (spec?.taints ?? []).length === 0 && spec?.unschedulable !== true && status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
  expect(usable.length).toBeGreaterThanOrEqual(2)
})
