import { expect } from 'vitest'
import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import { Webhooks } from './webhook-pod.ts'

interface Definition {
  metadata: { name: string }
  spec: { group: string; names: { plural: string; kind: string }; versions: { name: string; served: boolean; storage: boolean }[] }
  status?: { conditions?: { type: string; status: string }[] }
}
interface Custom {
  metadata: { name: string }
  data: Record<string, string>
}
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const ANYTHING = { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true }

function definition(f: Framework, names: readonly string[], schema: object = ANYTHING, labels: Record<string, string> = {}): Definition & object {
  const kind = f.unique('e2e-test-webhook-crd').replaceAll('-', '')
  const group = 'webhook.example.com'
  const versions = names.map((name, i) => ({ name, served: true, storage: i === 0, schema: { openAPIV3Schema: schema } }))
  const metadata = { name: `${kind}s.${group}`, labels }
  return { ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }, metadata, spec: { group, ...{ scope: 'Namespaced' }, names: { plural: `${kind}s`, ...{ singular: kind, listKind: `${kind}List` }, kind }, versions } }
}

/** Makes a kind, gone after the test; resolves when it is served. */
async function made(f: Framework, given: Definition): Promise<Definition> {
  const { metadata: { name } } = await f.client.create<Definition>(DEFINITIONS, given)
  f.after(() => f.client.delete(`${DEFINITIONS}/${name}`))
  return watchUntil<Definition>(f, DEFINITIONS, { fieldSelector: `metadata.name=${name}` }, ({ object: { status } }) => isConditionTrue(status?.conditions, 'Established'), `${name} established`)
}

function customs(f: Framework, { spec }: Definition, version = 'v1', name?: string): string {
  return f.group(`${spec.group}/${version}`, spec.names.plural, name)
}

function custom({ spec }: Definition, name: string, data: Record<string, string>, version = 'v1'): object {
  return { apiVersion: `${spec.group}/${version}`, kind: spec.names.kind, metadata: { name }, data }
}

const rules = ({ spec }: Definition, operations: string, version = 'v1'): string => `${operations} ${spec.group}/${version}/${spec.names.plural}`

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource creation, update and deletion', async (f) => {
  const [hooks, kind] = await Promise.all([Webhooks.up(f), made(f, definition(f, ['v1']))])
  await hooks.register('validating', [hooks.hook({ name: 'deny-unwanted-custom-resource-data.k8s.io', path: '/custom-resource', rules: rules(kind, 'CREATE,UPDATE,DELETE') })])
  await expect(f.client.create(customs(f, kind), custom(kind, 'cr-instance-1', { 'webhook-e2e-test': 'webhook-disallow' }))).rejects.toThrow('the custom resource contains unwanted data')
  await f.client.create(customs(f, kind), custom(kind, 'cr-instance-2', { 'webhook-e2e-test': 'webhook-nondeletable' }))
  const path = customs(f, kind, 'v1', 'cr-instance-2')
  const there = await f.client.get<Custom>(path)
  await expect(f.client.replace(path, { ...there, data: { 'webhook-e2e-test': 'webhook-disallow' } })).rejects.toThrow('the custom resource contains unwanted data')
  await expect(f.client.delete(path)).rejects.toThrow('the custom resource cannot be deleted because it contains unwanted key and value')
  await f.client.replace(path, { ...there, data: {} })
  await f.client.delete(path)
  await expect(f.client.get(path)).rejects.toMatchObject({ code: 404 })
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource', async (f) => {
  const [hooks, kind] = await Promise.all([Webhooks.up(f), made(f, definition(f, ['v1']))])
  await hooks.register('mutating', [1, 2].map((stage) => hooks.hook({ name: `mutate-custom-resource-data-stage-${String(stage)}.k8s.io`, path: '/mutating-custom-resource', rules: rules(kind, 'CREATE,UPDATE') })))
  const { data } = await f.client.create<Custom>(customs(f, kind), custom(kind, 'cr-instance-1', { 'mutation-start': 'yes' }))
  expect(data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' })
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with pruning', async (f) => {
  const text = { type: 'string' }
  // The second stage's field is not said, so it falls.
  const schema = { type: 'object', properties: { data: { type: 'object', properties: { 'mutation-start': text, 'mutation-stage-1': text } } } }
  const [hooks, kind] = await Promise.all([Webhooks.up(f), made(f, definition(f, ['v1'], schema))])
  await hooks.register('mutating', [1, 2].map((stage) => hooks.hook({ name: `mutate-custom-resource-data-stage-${String(stage)}.k8s.io`, path: '/mutating-custom-resource', rules: rules(kind, 'CREATE,UPDATE') })))
  const { data } = await f.client.create<Custom>(customs(f, kind), custom(kind, 'cr-instance-1', { 'mutation-start': 'yes' }))
  expect(data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes' })
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with different stored version', async (f) => {
  const [hooks, kind] = await Promise.all([Webhooks.up(f), made(f, definition(f, ['v1', 'v2']))])
  await hooks.register('mutating', [1, 2].map((stage) => hooks.hook({ name: `mutate-custom-resource-data-stage-${String(stage)}.k8s.io`, path: '/mutating-custom-resource', rules: rules(kind, 'CREATE,UPDATE') })))
  const { data } = await f.client.create<Custom>(customs(f, kind), custom(kind, 'cr-instance-1', { 'mutation-start': 'yes' }))
  expect(data).toMatchObject({ 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' })
  const versions = kind.spec.versions.map((version) => ({ ...version, storage: version.name === 'v2' }))
  await f.client.patch(`${DEFINITIONS}/${kind.metadata.name}`, 'merge', { spec: { versions } })
  const patched = await f.client.patch<Custom & { dummy?: string }>(customs(f, kind, 'v1', 'cr-instance-1'), 'json', [{ op: 'add', path: '/dummy', value: 'test' }])
  expect(patched).toMatchObject({ dummy: 'test', data: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' } })
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation', async (f) => {
  const hooks = await Webhooks.up(f)
  // What has no namespace is told apart by its labels.
  const hook = { ...hooks.hook({ name: 'deny-crd-with-unwanted-label.k8s.io', path: '/crd', rules: 'CREATE apiextensions.k8s.io/*/customresourcedefinitions', namespaceSelector: {} }), objectSelector: { matchLabels: { whose: f.namespace } } }
  await hooks.register('validating', [hook])
  const unwanted = definition(f, ['v1'], ANYTHING, { 'webhook-e2e-test': 'webhook-disallow', 'whose': f.namespace })
  f.after(() => f.client.delete(`${DEFINITIONS}/${unwanted.metadata.name}`))
  await expect(f.client.create(DEFINITIONS, unwanted)).rejects.toThrow('the crd contains unwanted label')
})
