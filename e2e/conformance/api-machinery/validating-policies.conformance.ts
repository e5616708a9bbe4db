import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { Refused, type WatchEvent } from '../framework/cluster-client.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { SHELL } from '../framework/pods.ts'

const GROUP = '/apis/admissionregistration.k8s.io/v1'
const API_VERSION = 'admissionregistration.k8s.io/v1'
interface Policy {
  metadata: { name: string; resourceVersion: string; generation?: number; annotations?: Record<string, string> }
  spec: Record<string, unknown>
  status?: { typeChecking?: { expressionWarnings?: unknown[] }; conditions?: { type: string; reason: string }[] }
}
type Plural = 'validatingadmissionpolicies' | 'validatingadmissionpolicybindings'

const path = (plural: Plural, name?: string): string => `${GROUP}/${plural}${name === undefined ? '' : `/${name}`}`
const here = (f: Framework): object => ({ matchLabels: { 'kubernetes.io/metadata.name': f.namespace } })

function deployment(name: string, replicas: number): object {
  const labels = { app: name }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: SHELL, command: ['sleep', '1d'] }] } } } }
}

const create = (f: Framework, name: string, replicas: number): Promise<unknown> => f.client.create(f.group('apps/v1', 'deployments'), deployment(name, replicas))

/** A policy about new Deployments of the test's namespace. */
async function policyOf(f: Framework, spec: object): Promise<string> {
  const name = `${f.namespace}.policy.example.com`
  f.after(() => f.client.delete(path('validatingadmissionpolicies', name)))
  await f.client.create(path('validatingadmissionpolicies'), {
    apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicy', metadata: { name },
    spec: { failurePolicy: 'Fail', matchConstraints: { namespaceSelector: here(f), resourceRules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] }, ...spec },
  })
  return name
}

/** Binds it, and waits until it counts. */
async function bound(f: Framework, policyName: string): Promise<void> {
  const name = `${policyName}-binding`
  f.after(() => f.client.delete(path('validatingadmissionpolicybindings', name)))
  await f.client.create(path('validatingadmissionpolicybindings'), { apiVersion: API_VERSION, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name }, spec: { policyName, validationActions: ['Deny'], matchResources: { namespaceSelector: here(f) } } })
  await eventually('the policy to count', async () => {
    const refused = await create(f, f.unique('marker-deployment'), 1).then(() => undefined, (error: unknown) => error)
    return refused instanceof Refused
  })
}

conformance('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a Deployment', async (f) => {
  const name = await policyOf(f, {
    validations: [
      { expression: 'object.spec.replicas > 1', messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)" },
      { expression: `namespaceObject.metadata.name == '${f.namespace}'`, message: 'Internal error! Other namespace should not be allowed.' },
    ],
  })
  const checked = await eventually('the type check', async () => (await f.client.get<Policy>(path('validatingadmissionpolicies', name))).status?.typeChecking)
  expect(checked.expressionWarnings ?? []).toEqual([])
  await bound(f, name)
  await create(f, 'replicated', 2)
  const refused = await create(f, 'non-replicated', 1).then(() => undefined, (error: unknown) => error)
  expect(refused).toMatchObject({ code: 422, status: { reason: 'Invalid' } })
  expect(String(refused)).toContain('wants replicas > 1, got 1')
})

conformance('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer variables.', async (f) => {
  const name = await policyOf(f, {
    variables: [{ name: 'replicas', expression: 'object.spec.replicas' }, { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' }],
    validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }],
  })
  await bound(f, name)
  await create(f, 'replicated', 3)
  await expect(create(f, 'non-replicated', 1)).rejects.toMatchObject({ code: 422, status: { reason: 'Invalid' } })
  await expect(create(f, 'even-replicated', 2)).rejects.toMatchObject({ code: 422, status: { reason: 'Invalid' } })
})

/** Reads a watch's next change of an object. */
async function changeOf(events: AsyncIterator<WatchEvent<Policy>>, type: string, name: string): Promise<Policy> {
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) throw new Error(`the watch ended before ${name} was ${type}`)
    if (value.type === type && value.object.metadata.name === name) return value.object
  }
}

/** What one does with any kind: found, made, read, watched, patched, replaced, deleted one by one and together. Returns one that is there, between the changes and the deletes. */
async function operations(f: Framework, plural: Plural, kind: string, spec: object, between: (name: string) => Promise<void>): Promise<void> {
  const { client } = f
  const labelSelector = `special-label=${f.namespace}`
  expect((await client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')).groups.find(({ name }) => name === 'admissionregistration.k8s.io')?.versions.map(({ version }) => version)).toContain('v1')
  expect((await client.get<{ versions: { version: string }[] }>('/apis/admissionregistration.k8s.io')).versions.map(({ version }) => version)).toContain('v1')
  const { resources } = await client.get<{ resources: { name: string }[] }>(GROUP)
  expect(resources.map(({ name }) => name)).toContain(plural)

  f.after(() => client.delete(path(plural), undefined, { labelSelector }))
  const made: Policy[] = []
  for (let i = 0; i < 3; i++) made.push(await client.create<Policy>(path(plural), { apiVersion: API_VERSION, kind, metadata: { generateName: 'e2e-policy-', labels: { 'special-label': f.namespace } }, spec }))
  const [{ metadata: { name } } = { metadata: { name: '' } }] = made
  expect((await client.get<Policy>(path(plural, name))).metadata.name).toBe(name)
  const list = await client.get<{ metadata: { resourceVersion: string }; items: Policy[] }>(path(plural), { labelSelector })
  expect(list.items).toHaveLength(3)

  const events = client.watch<Policy>(path(plural), { labelSelector, resourceVersion: list.metadata.resourceVersion })[Symbol.asyncIterator]()
  const patched = await client.patch<Policy>(path(plural, name), 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations).toEqual({ patched: 'true' })
  const updated = await client.replace<Policy>(path(plural, name), { ...patched, metadata: { ...patched.metadata, annotations: { ...patched.metadata.annotations, updated: 'true' } } })
  expect(updated.metadata.annotations).toEqual({ patched: 'true', updated: 'true' })
  expect((await changeOf(events, 'MODIFIED', name)).metadata.annotations).toEqual({ patched: 'true' })
  expect((await changeOf(events, 'MODIFIED', name)).metadata.annotations).toEqual({ patched: 'true', updated: 'true' })
  await between(name)

  await client.delete(path(plural, name))
  await changeOf(events, 'DELETED', name)
  await events.return?.(undefined)
  await expect(client.get(path(plural, name))).rejects.toMatchObject({ code: 404 })
  expect((await client.get<{ items: unknown[] }>(path(plural), { labelSelector })).items).toHaveLength(2)
  await client.delete(path(plural), undefined, { labelSelector })
  expect((await client.get<{ items: unknown[] }>(path(plural), { labelSelector })).items).toHaveLength(0)
}

conformance('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicy API operations', async (f) => {
  const spec = { failurePolicy: 'Fail', matchConstraints: { namespaceSelector: here(f), resourceRules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] }, validations: [{ expression: 'object.spec.replicas <= 100' }] }
  await operations(f, 'validatingadmissionpolicies', 'ValidatingAdmissionPolicy', spec, async (name) => {
    const status = path('validatingadmissionpolicies', `${name}/status`)
    const { resources } = await f.client.get<{ resources: { name: string }[] }>(GROUP)
    expect(resources.map((one) => one.name)).toContain('validatingadmissionpolicies/status')
    const condition = (type: string): object => ({ type, status: 'False', reason: 'e2e', message: 'set from e2e', lastTransitionTime: '2024-01-01T00:00:00Z' })
    const patched = await f.client.patch<Policy>(status, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [condition('PatchStatusFailed')] } })
    expect(patched.status?.conditions).toEqual([expect.objectContaining({ type: 'PatchStatusFailed', reason: 'e2e' })])
    expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' })
    const there = await f.client.get<Policy>(status)
    await f.client.replace(status, { ...there, status: { ...there.status, conditions: [condition('StatusUpdateFailed')] } })
    expect((await f.client.get<Policy>(path('validatingadmissionpolicies', name))).status?.conditions).toEqual([expect.objectContaining({ type: 'StatusUpdateFailed' })])
  })
})

conformance('[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support ValidatingAdmissionPolicyBinding API operations', async (f) => {
  await operations(f, 'validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', { policyName: 'replicalimit-policy.example.com', validationActions: ['Deny'] }, () => Promise.resolve())
})
