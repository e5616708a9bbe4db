import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Secret } from '../../src-main/common/kube/generated/core-v1.ts'
import { Secrets } from '../../src-main/common/kube/kinds.ts'
import { eventually } from '../harness/containers.ts'
import { Helm } from './helm.ts'
import { ServedCluster } from './served-cluster.ts'

// The rest of the charts: a database, an ingress controller, and one that brings ten kinds of its own and hundreds of objects.

let served: ServedCluster
beforeAll(async () => {
  served = await ServedCluster.start(3)
})
afterAll(() => served?.stop())

const LIMIT_MS = 120_000

test.concurrent('a database: its password stays through upgrades, its pods come one each with a volume', async () => {
  const helm = await Helm.in(served, 'data')
  const password = (): string | undefined => (served.cluster.api.get(Secrets, 'data', 'db') as Secret).data?.['password']
  await helm.ok('install db charts/database --create-namespace --namespace data --wait --timeout 40s')
  const first = password()
  expect(first).toMatch(/^[\w+/=]{20,}$/)
  await helm.ok('upgrade db charts/database --set replicas=3 --wait --timeout 40s')
  expect(password()).toBe(first)
  expect(helm.objectsOf('db').filter((o) => /^(Pod|StatefulSet|PersistentVolumeClaim)\//.test(o))).toEqual(expect.arrayContaining(['Pod/db-0', 'Pod/db-1', 'Pod/db-2', 'StatefulSet/db']))
  const refused = await helm.run('upgrade db charts/database --set storage=2Gi')
  expect(refused.err).toMatch(/cannot patch "db" with kind StatefulSet: StatefulSet\.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than/)
  await helm.ok('uninstall db --wait --timeout 30s')
  await eventually('only what keeps data is left', () => Promise.resolve(helm.objectsOf('db').every((o) => /^PersistentVolume(Claim)?\//.test(o))), 20_000)
}, LIMIT_MS)

test.concurrent('an ingress controller: roles, a class, jobs before and after', async () => {
  const helm = await Helm.in(served, 'edge')
  const webhook = served.cluster.api.registry.find({ group: 'admissionregistration.k8s.io', version: 'v1', plural: 'validatingwebhookconfigurations' }) !== undefined
  await helm.ok(`install edge charts/ingress-controller --create-namespace --namespace edge --set webhook=${String(webhook)} --wait --timeout 40s`)
  expect(helm.objectsOf('edge')).toEqual(expect.arrayContaining(['ClusterRole/edge', 'ClusterRoleBinding/edge', 'IngressClass/edge', 'Role/edge', 'RoleBinding/edge', 'Service/edge-admission', 'Service/edge-controller']))
  // Hooks that went well are gone.
  expect(helm.objectsOf('edge').filter((o) => o.startsWith('Job/'))).toEqual([])
  await helm.ok(`upgrade edge charts/ingress-controller --set webhook=${String(webhook)},replicas=2,config.proxy-body-size=16m --wait --timeout 40s`)
  expect((await helm.history('edge')).map((r) => r.status)).toEqual(['superseded', 'deployed'])
  await helm.ok('uninstall edge --wait --timeout 30s')
  await helm.allGone( 'edge')
}, LIMIT_MS)

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
  await helm.allGone('watch')
}, LIMIT_MS)
