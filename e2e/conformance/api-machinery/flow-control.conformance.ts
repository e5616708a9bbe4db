import { expect } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../../src-main/common/kube/generated/flowcontrol-apiserver-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { canAllOperations, condition } from './api-operations.ts'

const GROUP = 'flowcontrol.apiserver.k8s.io/v1'

/** A status of its own, patched and replaced. */
async function statusOf(f: Framework, path: string): Promise<void> {
  type Flow = FlowSchema | PriorityLevelConfiguration
  const got = await f.client.get<Flow>(`${path}/status`)
  expect(got.spec).toBeDefined()
  const patched = await f.client.patch<Flow>(`${path}/status`, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [condition('PatchStatusFailed', 'e2e')] } })
  expect(patched).toMatchObject({ metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [{ type: 'PatchStatusFailed', reason: 'e2e' }] } })
  const put = await f.client.replace<Flow>(`${path}/status`, { ...patched, status: { conditions: [...(patched.status?.conditions ?? []), condition('StatusUpdateFailed', 'e2e')] } })
  expect(put.status?.conditions?.map(({ type }) => type)).toEqual(['PatchStatusFailed', 'StatusUpdateFailed'])
}

conformance('[sig-api-machinery] API priority and fairness should support FlowSchema API operations', (f) => canAllOperations(f, {
  groupVersion: GROUP, resource: 'flowschemas', collection: `/apis/${GROUP}/flowschemas`, more: (path) => statusOf(f, path),
  object: (i, labels) => ({
    apiVersion: GROUP, kind: 'FlowSchema', metadata: { generateName: 'e2e-example-fs-', labels },
    spec: {
      matchingPrecedence: 10_000, priorityLevelConfiguration: { name: 'global-default' }, distinguisherMethod: { type: 'ByUser' },
      rules: [{ subjects: [{ kind: 'User', user: { name: `example-e2e-non-existent-user-${String(i)}` } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
    },
  }),
}))

conformance('[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations', (f) => canAllOperations(f, {
  groupVersion: GROUP, resource: 'prioritylevelconfigurations', collection: `/apis/${GROUP}/prioritylevelconfigurations`, more: (path) => statusOf(f, path),
  object: (i, labels) => ({
    apiVersion: GROUP, kind: 'PriorityLevelConfiguration', metadata: { generateName: 'e2e-example-pl-', labels },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: i + 1, limitResponse: { type: 'Reject' } } },
  }),
}))
