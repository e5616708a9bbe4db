import { expect } from 'vitest'
import type { Pod, Toleration } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { eventually } from '../../harness/containers.ts'
import { forever, podOf, runningPod } from '../framework/pods.ts'
import { sleep } from './waiting.ts'

// Upstream's times: what tolerates the taint for 60 s is still there after 15 s, and stays when the taint goes.

const TAINT = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' } as const
const LEAST_S = 60

const tolerating = (tolerationSeconds?: number): Toleration => ({ key: TAINT.key, value: TAINT.value, effect: TAINT.effect, ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }) })

function podTolerating(f: Framework, name: string, seconds: number, nodeName?: string): Promise<Pod> {
  return runningPod(f, podOf(name, { labels: { group: 'taint-eviction' }, terminationGracePeriodSeconds: 1, tolerations: [tolerating(seconds)], containers: [forever()], ...(nodeName === undefined ? {} : { nodeName }) }))
}

async function taint(f: Framework, node: string): Promise<void> {
  const path = `/api/v1/nodes/${node}`
  await f.client.patch(path, 'strategic', { spec: { taints: [TAINT] } })
  f.after(() => untaint(f, node))
}

async function untaint(f: Framework, node: string): Promise<void> {
  await f.client.patch(`/api/v1/nodes/${node}`, 'strategic', { spec: { taints: [{ $patch: 'delete', key: TAINT.key, effect: TAINT.effect }] } })
}

const goneOrGoing = async (f: Framework, name: string): Promise<boolean> => {
  const { code, body } = await f.client.ask<Pod>('GET', f.core('pods', name))
  return code === 404 || body.metadata.deletionTimestamp !== undefined
}

conformance('[sig-node] NoExecuteTaintManager Single Pod [Serial] removing taint cancels eviction [Disruptive]', async (f) => {
  const { spec: { nodeName = '' } } = await podTolerating(f, 'taint-eviction-4', LEAST_S)
  await taint(f, nodeName)
  await sleep(LEAST_S * 1000 / 4)
  expect(await goneOrGoing(f, 'taint-eviction-4')).toBe(false)
  await untaint(f, nodeName)
  await sleep(LEAST_S * 1000)
  expect(await goneOrGoing(f, 'taint-eviction-4')).toBe(false)
})

conformance('[sig-node] NoExecuteTaintManager Multiple Pods [Serial] evicts pods with minTolerationSeconds [Disruptive]', async (f) => {
  const first = await podTolerating(f, 'taint-eviction-b1', 5)
  const node = first.spec.nodeName ?? ''
  await podTolerating(f, 'taint-eviction-b2', 60, node)
  const began = Date.now()
  await taint(f, node)
  await eventually('the first pod evicted', () => goneOrGoing(f, 'taint-eviction-b1'), 60_000)
  expect(await goneOrGoing(f, 'taint-eviction-b2')).toBe(false)
  await eventually('the second pod evicted', () => goneOrGoing(f, 'taint-eviction-b2'), 90_000)
  expect(Date.now() - began).toBeGreaterThanOrEqual(59_000)
})
