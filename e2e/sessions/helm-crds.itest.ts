import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../harness/containers.ts'
import { Helm } from './helm.ts'
import { ServedCluster } from './served-cluster.ts'

// Charts that bring kinds of their own.

let served: ServedCluster
beforeAll(async () => {
  served = await ServedCluster.start(2)
})
afterAll(() => served?.stop())

const LIMIT_MS = 120_000

test('certificates: kinds as part of the chart, which go with it', async () => {
  const helm = await Helm.in(served, 'certs')
  await helm.ok('install certs charts/certificates --create-namespace --namespace certs --wait --timeout 40s')
  expect(helm.objectsOf('certs').filter((o) => o.startsWith('CustomResourceDefinition/'))).toHaveLength(6)
  await helm.ok('upgrade certs charts/certificates --wait --timeout 40s')
  await helm.ok('uninstall certs --wait --timeout 40s')
  await eventually('nothing left', () => Promise.resolve(helm.objectsOf('certs').length === 0), 20_000)
}, LIMIT_MS)

test('monitoring: ten kinds before the rest, and several hundred objects', async () => {
  const helm = await Helm.in(served, 'watch')
  await helm.ok('install watch charts/monitoring --create-namespace --namespace watch --wait --timeout 60s')
  const installed = helm.objectsOf('watch')
  expect(installed.length).toBeGreaterThan(250)
  expect(installed).toEqual(expect.arrayContaining(['PrometheusRule/watch-rule-59', 'ServiceMonitor/watch-monitor-29', 'Prometheus/watch', 'Endpoints/watch-target-29']))
  await helm.ok('upgrade watch charts/monitoring --set rules=30,monitors=31 --wait --timeout 60s')
  expect(helm.objectsOf('watch')).not.toContain('PrometheusRule/watch-rule-59')
  expect(helm.objectsOf('watch')).toContain('ServiceMonitor/watch-monitor-30')
  await helm.ok('rollback watch 1 --wait --timeout 60s')
  expect(helm.objectsOf('watch')).toContain('PrometheusRule/watch-rule-59')
  await helm.ok('uninstall watch --wait --timeout 60s')
  await eventually('nothing left', () => Promise.resolve(helm.objectsOf('watch').length === 0), 20_000)
}, LIMIT_MS)
