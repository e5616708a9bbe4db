import { expect } from 'vitest'
import type { SubjectAccessReview } from '../../../src-main/common/kube/generated/authorization-v1.ts'
import type { ServiceAccount } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'

const GROUP = 'authorization.k8s.io/v1'

conformance('[sig-auth] SubjectReview should support SubjectReview API operations', async (f) => {
  const name = f.unique('e2e')
  const { metadata: { uid } } = await f.client.create<ServiceAccount>(f.core('serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  const spec = {
    user: `system:serviceaccount:${f.namespace}:${name}`, groups: ['system:authenticated'], uid,
    resourceAttributes: { verb: 'list', resource: 'configmaps', version: 'v1', namespace: f.namespace },
  }
  const asked = (verb = 'list'): Promise<SubjectAccessReview> => f.client.create<SubjectAccessReview>(`/apis/${GROUP}/subjectaccessreviews`, { apiVersion: GROUP, kind: 'SubjectAccessReview', spec: { ...spec, resourceAttributes: { ...spec.resourceAttributes, verb } } })
  // What the review says is what happens to who asks as the account.
  const listing = async (): Promise<number> => (await f.client.ask('GET', f.core('configmaps'), { headers: { 'impersonate-user': spec.user, 'impersonate-uid': uid, 'impersonate-group': 'system:authenticated' } })).code
  const first = await asked()
  expect(first.spec).toMatchObject(spec)
  expect([first.status?.allowed, await listing()]).toEqual([false, 403])
  await f.client.create(f.group('rbac.authorization.k8s.io/v1', 'rolebindings'), {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name, namespace: f.namespace }],
  })
  expect([(await asked()).status?.allowed, await listing()]).toEqual([true, 200])
  expect((await asked('delete')).status?.allowed).toBe(false)
  const local = await f.client.create<SubjectAccessReview>(f.group(GROUP, 'localsubjectaccessreviews'), { apiVersion: GROUP, kind: 'LocalSubjectAccessReview', metadata: { namespace: f.namespace }, spec })
  expect(local.spec).toMatchObject(spec)
  expect(local.status?.allowed).toBe(true)
})
