import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import { ConfigMaps, Deployments } from '../../src-main/common/kube/kinds.ts'
import { Helm } from './helm.ts'
import { ServedCluster } from './served-cluster.ts'

// The real helm, with charts in the shapes of those that everybody uses; more of them are in helm.long.itest.ts.

let served: ServedCluster
beforeAll(async () => {
  served = await ServedCluster.start(3)
})
afterAll(() => served?.stop())

const LIMIT_MS = 300_000
test.concurrent('a web app: install, test, upgrade, a failure taken back, rollback, a hook that fails, uninstall', async () => {
  const helm = await Helm.in(served, 'shop')
  const deployment = (): Deployment => served.cluster.api.get(Deployments, 'shop', 'web') as Deployment
  const states = async (): Promise<string[]> => (await helm.history('web')).map((r) => `${String(r.revision)} ${r.status}`)

  expect(await helm.ok('install web charts/web-app --create-namespace --namespace shop --wait --timeout 90s')).toMatch(/^STATUS: deployed$[^]*web answers at http:\/\/shop\.example\.com/m)
  expect([deployment().status?.readyReplicas, deployment().metadata.labels?.['app.kubernetes.io/managed-by']]).toEqual([2, 'Helm'])
  expect(await helm.ok('test web')).toMatch(/^Phase: +Succeeded$/m)
  expect(await helm.ok('list -o json')).toMatch(/"name":"web","namespace":"shop","revision":"1"/)

  await helm.ok(`upgrade web charts/web-app --set replicas=3,message=changed --wait --timeout 90s`)
  expect(deployment().spec.replicas).toBe(3)
  const failed = await helm.run('upgrade web charts/web-app --set image=fails --atomic --timeout 15s')
  expect([failed.code, failed.err]).toEqual([1, expect.stringMatching(/release web failed, and has been rolled back due to atomic being set/)])
  expect(await states()).toEqual(['1 superseded', '2 superseded', '3 failed', '4 deployed'])
  expect([deployment().spec.replicas, deployment().spec.template.spec?.containers[0]?.image]).toEqual([3, 'talks'])
  expect((served.cluster.api.get(ConfigMaps, 'shop', 'web') as { data?: Record<string, string> }).data?.['app.conf']).toContain('changed')

  expect(await helm.ok('rollback web 1 --wait --timeout 90s')).toContain('Rollback was a success!')
  expect(deployment().spec.replicas).toBe(2)
  const hook = await helm.run('upgrade web charts/web-app --set migration=fails --timeout 60s')
  expect([hook.code, hook.err]).toEqual([1, expect.stringMatching(/UPGRADE FAILED: pre-upgrade hooks failed:[^]*job web-migration failed: BackoffLimitExceeded/)])
  expect((await states()).slice(-2)).toEqual(['5 deployed', '6 failed'])
  await helm.ok('upgrade web charts/web-app --set autoscaling.min=2,autoscaling.max=5 --wait --timeout 90s')
  expect(helm.objectsOf('web')).toContain('HorizontalPodAutoscaler/web')
  expect(await helm.ok('get manifest web')).toMatch(/kind: HorizontalPodAutoscaler/)
  expect(await helm.ok('upgrade web charts/web-app --dry-run=server')).toMatch(/kind: Deployment/)
  expect(await helm.ok('status web')).toMatch(/^STATUS: deployed$/m)

  expect(await helm.ok('uninstall web --wait --timeout 90s')).toMatch(/\[Secret\] web[^]*release "web" uninstalled/)
  await helm.allGone( 'web', ['Secret/web'])
}, LIMIT_MS)

test.concurrent('certificates: kinds as part of the chart, which go with it', async () => {
  const helm = await Helm.in(served, 'certs')
  await helm.ok('install certs charts/certificates --create-namespace --namespace certs --wait --timeout 90s')
  expect(helm.objectsOf('certs').filter((o) => o.startsWith('CustomResourceDefinition/'))).toHaveLength(6)
  await helm.ok('upgrade certs charts/certificates --wait --timeout 90s')
  await helm.ok('uninstall certs --wait --timeout 90s')
  await helm.allGone( 'certs')
}, LIMIT_MS)
