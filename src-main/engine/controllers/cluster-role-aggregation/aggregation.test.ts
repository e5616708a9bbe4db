import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ClusterRole, PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoles } from '../../../common/kube/kinds.ts'
import type { LocalClient } from '../../client/local-client.ts'
import { ApiCluster } from '../testing/api-cluster.ts'
import { aggregatedRules } from './aggregated-rules.ts'

const rule = (resource: string): PolicyRule => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
const role = (name: string, rules: PolicyRule[], labels: Record<string, string> = {}, aggregates?: string): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels } as ClusterRole['metadata'], rules,
  ...(aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } }),
})

test('the rules of the roles that are selected, by name, each once; its own are replaced', () => {
  const all = [role('b', [rule('pods'), rule('services')], { into: 'true' }), role('a', [rule('pods')], { into: 'true' }), role('c', [rule('secrets')])]
  const sum = role('sum', [rule('nodes')], { into: 'true' }, 'into')
  expect(aggregatedRules(sum, [...all, sum])).toEqual([rule('pods'), rule('services')])
  expect(aggregatedRules(role('plain', [rule('nodes')]), all)).toBeUndefined()
})

let cluster: ApiCluster
let client: LocalClient
beforeEach(async () => {
  cluster = await ApiCluster.start()
  ;({ client } = cluster)
})
afterEach(() => cluster.stop())

test('view, edit and admin hold what is labelled for them, through each other, and lose it again', async () => {
  const has = async (name: string, resource: string): Promise<boolean> => (await client.get(ClusterRoles, '', name)).rules?.some((r) => r.resources?.includes(resource)) === true
  await expect.poll(() => has('admin', 'rolebindings')).toBe(true)
  await expect.poll(() => has('admin', 'pods/exec')).toBe(true)
  await expect.poll(() => has('admin', 'pods/log')).toBe(true)
  expect([await has('edit', 'rolebindings'), await has('view', 'secrets'), await has('edit', 'secrets')]).toEqual([false, false, true])
  await client.create(ClusterRoles, { ...role('ice-view', [{ ...rule('cones'), apiGroups: ['ice.example'] }], { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }) })
  for (const name of ['view', 'edit', 'admin']) await expect.poll(() => has(name, 'cones')).toBe(true)
  await client.delete(ClusterRoles, '', 'ice-view')
  for (const name of ['view', 'edit', 'admin']) await expect.poll(() => has(name, 'cones')).toBe(false)
})
