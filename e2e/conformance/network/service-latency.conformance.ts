import { expect } from 'vitest'
import type { Endpoints, Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { servers } from './servers.ts'

const NAME = 'svc-latency-rc'
const TRIALS = 200
const AT_ONCE = 15
const MEDIAN_MS = 20_000
const TAIL_MS = 50_000

conformance('[sig-network] Service endpoints latency should not be very high', async (f) => {
  await servers(f, NAME, 1, 80)
  const seen = new Map<string, number>()
  const waiting = new Map<string, () => void>()
  const watching = (async () => {
    for await (const { object: { metadata: { name }, subsets } } of f.client.watch<Endpoints>(f.core('endpoints'), { timeoutSeconds: '170' })) {
      if ((subsets?.[0]?.addresses?.length ?? 0) === 0 || seen.has(name)) continue
      seen.set(name, performance.now())
      waiting.get(name)?.()
      if (seen.size > TRIALS) return
    }
  })()
  const one = async (): Promise<number> => {
    const started = performance.now()
    const { metadata: { name } } = await f.client.create<Service>(f.core('services'), {
      apiVersion: 'v1', kind: 'Service', metadata: { generateName: 'latency-svc-' }, spec: { ports: [{ protocol: 'TCP', port: 80 }], selector: { name: NAME }, type: 'ClusterIP', sessionAffinity: 'None' },
    })
    if (!seen.has(name)) await new Promise<void>((resolve) => waiting.set(name, resolve))
    return (seen.get(name) ?? Infinity) - started
  }
  // The first one is not counted: it shows that the pod's readiness is known.
  await one()
  const took: number[] = []
  let begun = 0
  const lane = async (): Promise<void> => {
    while (begun++ < TRIALS) took.push(await one())
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  took.sort((a, b) => a - b)
  const percentile = (p: number): number => took[Math.floor((took.length * p) / 100)] ?? Infinity
  await watching
  expect(took).toHaveLength(TRIALS)
  expect(percentile(50)).toBeLessThan(MEDIAN_MS)
  expect(percentile(99)).toBeLessThan(TAIL_MS)
})
