import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../harness/containers.ts'
import { Helm } from './helm.ts'
import { ServedCluster } from './served-cluster.ts'

// A chart that brings ten kinds of its own and hundreds of objects: helm itself takes its time with those.

let served: ServedCluster
beforeAll(async () => {
  served = await ServedCluster.start(2)
})
afterAll(() => served?.stop())

const LIMIT_MS = 120_000

test('monitoring: ten kinds before the rest, and several hundred objects', async () => {
  const helm = await Helm.in(served, 'watch')
  await helm.ok('install watch charts/monitoring --create-namespace --namespace watch --wait --timeout 60s')
  const installed = helm.objectsOf('watch')
  expect(installed.length).toBeGreaterThan(210)
  expect(installed).toEqual(expect.arrayContaining(['PrometheusRule/watch-rule-49', 'ServiceMonitor/watch-monitor-29', 'Prometheus/watch', 'Endpoints/watch-target-24']))
  await helm.ok('upgrade watch charts/monitoring --set rules=30,monitors=31 --wait --timeout 60s')
  expect(helm.objectsOf('watch')).not.toContain('PrometheusRule/watch-rule-49')
  expect(helm.objectsOf('watch')).toContain('ServiceMonitor/watch-monitor-30')
  await helm.ok('uninstall watch --wait --timeout 60s')
  await eventually('nothing left', () => Promise.resolve(helm.objectsOf('watch').length === 0), 20_000)
}, LIMIT_MS)
