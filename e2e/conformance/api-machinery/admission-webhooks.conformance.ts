import { expect } from 'vitest'
import type { ConfigMap, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { forever, podOf, runningPod } from '../framework/pods.ts'
import { configMap, Webhooks, type Side } from './webhook-pod.ts'

const DENIED = { 'webhook-e2e-test': 'webhook-disallow' }
const START = { 'mutation-start': 'yes' }
const BOTH = { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' }
const CONFIG_MAPS = { name: 'deny-unwanted-configmap-data.k8s.io', path: '/configmaps', rules: 'CREATE,UPDATE,DELETE /v1/configmaps' }
const STAGES = [1, 2].map((stage) => ({ name: `adding-configmap-data-stage-${String(stage)}.k8s.io`, path: '/mutating-configmaps', rules: 'CREATE /v1/configmaps' }))

/** The data of a new ConfigMap as it was stored. */
async function stored(f: Framework, name: string, data: Record<string, string>): Promise<Record<string, string> | undefined> {
  return (await f.client.create<ConfigMap>(f.core('configmaps'), configMap(name, data))).data
}

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should include webhook resources in discovery documents', async ({ client }) => {
  const { groups } = await client.get<{ groups: { name: string; versions: { groupVersion: string; version: string }[] }[] }>('/apis')
  const version = { groupVersion: 'admissionregistration.k8s.io/v1', version: 'v1' }
  expect(groups.find(({ name }) => name === 'admissionregistration.k8s.io')?.versions).toContainEqual(version)
  expect((await client.get<{ versions: unknown[] }>('/apis/admissionregistration.k8s.io')).versions).toContainEqual(version)
  const { resources } = await client.get<{ resources: { name: string; kind: string; namespaced: boolean }[] }>('/apis/admissionregistration.k8s.io/v1')
  for (const side of ['Mutating', 'Validating']) {
    expect(resources).toContainEqual(expect.objectContaining({ name: `${side.toLowerCase()}webhookconfigurations`, kind: `${side}WebhookConfiguration`, namespaced: false }))
  }
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap creation', async (f) => {
  const hooks = await Webhooks.up(f)
  const pods = hooks.hook({ name: 'deny-unwanted-pod-container-name-and-label.k8s.io', path: '/pods', rules: 'CREATE /v1/pods', timeoutSeconds: 5 })
  // Others are let past, whatever they say.
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': f.namespace }, matchExpressions: [{ key: 'skip-webhook-admission', operator: 'NotIn', values: ['yes'] }] }
  await hooks.register('validating', [pods, hooks.hook({ ...CONFIG_MAPS, namespaceSelector })])
  const create = (pod: object): Promise<unknown> => f.client.create(f.core('pods'), pod)
  const refused = await create(podOf('disallowed-pod', { labels: DENIED, containers: [{ name: 'webhook-disallow', ...forever() }] })).then(() => 'created', String)
  expect(refused).toContain('the pod contains unwanted container name')
  expect(refused).toContain('the pod contains unwanted label')
  await expect(create(podOf('waiting-forever', { labels: { 'webhook-e2e-test': 'wait-forever' } }))).rejects.toThrow(/deadline exceeded|timeout/i)
  await expect(f.client.get(f.core('pods', 'waiting-forever'))).rejects.toMatchObject({ code: 404 })

  const said = 'the configmap contains unwanted key and value'
  await expect(stored(f, 'disallowed-configmap', DENIED)).rejects.toThrow(said)
  const allowed = { 'admission-webhook': 'on' }
  await stored(f, 'allowed-configmap', allowed)
  await expect(f.client.replace(f.core('configmaps', 'allowed-configmap'), configMap('allowed-configmap', { ...allowed, ...DENIED }))).rejects.toThrow(said)
  await expect(f.client.patch(f.core('configmaps', 'allowed-configmap'), 'merge', { data: DENIED })).rejects.toThrow(said)

  await f.client.patch(`/api/v1/namespaces/${f.namespace}`, 'merge', { metadata: { labels: { 'skip-webhook-admission': 'yes' } } })
  await eventually('the namespace to be exempt', () => stored(f, 'disallowed-configmap', DENIED))
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod', async (f) => {
  const hooks = await Webhooks.up(f)
  await hooks.register('validating', [hooks.hook({ name: 'deny-attaching-pod.k8s.io', path: '/pods/attach', rules: 'CONNECT /v1/pods/attach' })])
  await runningPod(f, podOf('to-be-attached-pod', { containers: [{ name: 'container1', ...forever() }] }))
  await expect(f.kubectl(['attach', '--pod-running-timeout=1m', 'to-be-attached-pod', '-i', '-c=container1'])).rejects.toThrow("attaching to pod 'to-be-attached-pod' is not allowed")
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations on fail closed webhook', async (f) => {
  const hooks = await Webhooks.up(f)
  const closed = hooks.hook({ name: 'fail-closed.k8s.io', path: '/configmaps', rules: 'CREATE /v1/configmaps', failurePolicy: 'Fail' }) as { clientConfig: { caBundle?: string } }
  // Without its CA, nobody believes the server.
  delete closed.clientConfig.caBundle
  const name = f.unique('fail-closed')
  await f.client.create(Webhooks.path('validating'), { ...(hooks.configuration('validating', name, []) as object), webhooks: [closed] })
  f.after(() => f.client.delete(Webhooks.path('validating', name)))
  const refused = await eventually('a refusal', async () => {
    const answer = await f.client.ask<{ reason?: string }>('POST', f.core('configmaps'), { body: configMap(f.unique('foo'), {}) })
    return answer.code < 400 ? undefined : answer
  })
  expect(refused).toMatchObject({ code: 500, body: { reason: 'InternalError' } })
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap', async (f) => {
  const hooks = await Webhooks.up(f)
  await hooks.register('mutating', STAGES.map((words) => hooks.hook(words)))
  expect(await stored(f, 'to-be-mutated', START)).toEqual(BOTH)
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate pod and apply defaults after mutation', async (f) => {
  const hooks = await Webhooks.up(f)
  await hooks.register('mutating', [hooks.hook({ name: 'adding-init-container.k8s.io', path: '/mutating-pods', rules: 'CREATE /v1/pods' })])
  const { spec } = await f.client.create<Pod>(f.core('pods'), podOf('webhook-to-be-mutated', { containers: [{ name: 'example' }] }))
  expect(spec.initContainers).toEqual([expect.objectContaining({ name: 'webhook-added-init-container', image: 'webhook-added-image', terminationMessagePolicy: 'File' })])
})

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent deletion of webhook configuration objects', async (f) => {
  const hooks = await Webhooks.up(f)
  const all = { matchExpressions: [] }
  const rules = 'CREATE,UPDATE,DELETE admissionregistration.k8s.io/v1/*'
  await hooks.register('validating', [hooks.hook({ name: 'deny-webhook-configuration-deletions.k8s.io', path: '/always-deny', rules: rules.replace('CREATE,UPDATE,', ''), namespaceSelector: all })])
  await hooks.register('mutating', [hooks.hook({ name: 'add-label-to-webhook-configurations.k8s.io', path: '/add-label', rules, namespaceSelector: all })])
  for (const side of ['validating', 'mutating'] as const) {
    const name = f.unique('dummy')
    f.after(() => f.client.delete(Webhooks.path(side, name)))
    const { metadata } = await f.client.create<{ metadata: { labels?: object } }>(Webhooks.path(side), hooks.configuration(side, name, []))
    expect(metadata.labels ?? {}).not.toHaveProperty('added-label')
    await f.client.delete(Webhooks.path(side, name))
  }
})

/** What a webhook brings about with the ConfigMaps of a test; the words of its configuration may be changed. */
const SIDES: readonly { side: Side; hook: typeof CONFIG_MAPS; counts: (f: Framework, name: string) => Promise<void>; doesNot: (f: Framework, name: string) => Promise<void> }[] = [
  {
    side: 'validating', hook: CONFIG_MAPS,
    async counts(f, name) {
      await expect(stored(f, name, DENIED)).rejects.toThrow('the configmap contains unwanted key and value')
    },
    async doesNot(f, name) {
      expect(await stored(f, name, DENIED)).toEqual(DENIED)
    },
  },
  {
    side: 'mutating', hook: { name: 'adding-configmap-data-stage-1.k8s.io', path: '/mutating-configmaps', rules: 'CREATE /v1/configmaps' },
    async counts(f, name) {
      expect(await stored(f, name, START)).toMatchObject({ ...START, 'mutation-stage-1': 'yes' })
    },
    async doesNot(f, name) {
      expect(await stored(f, name, START)).toEqual(START)
    },
  },
]

/** Both sides' names, by side. */
const CHANGING = {
  validating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a validating webhook should work',
  mutating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a mutating webhook should work',
}
for (const { side, hook, counts, doesNot } of SIDES) {
  conformance(CHANGING[side], async (f) => {
    const hooks = await Webhooks.up(f)
    const name = await hooks.register(side, [hooks.hook(hook)])
    const path = Webhooks.path(side, name)
    await counts(f, f.unique('first'))
    const rest = hooks.hook({ ...hook, rules: 'UPDATE /v1/configmaps' })
    const { metadata } = await f.client.get<{ metadata: object }>(path)
    await f.client.replace(path, { ...(hooks.configuration(side, name, [rest]) as object), metadata })
    await eventually('creations to be passed over', async () => {
      await doesNot(f, f.unique('second'))
      return true
    })
    await f.client.patch(path, 'json', [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }])
    await eventually('creations to be looked at again', async () => {
      await counts(f, f.unique('third'))
      return true
    })
  })
}

const LISTING = {
  validating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing validating webhooks should work',
  mutating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing mutating webhooks should work',
}
for (const { side, hook, counts, doesNot } of SIDES) {
  conformance(LISTING[side], async (f) => {
    const hooks = await Webhooks.up(f)
    const labelSelector = `e2e-list-test-uuid=${f.namespace}`
    f.after(() => f.client.delete(Webhooks.path(side), undefined, { labelSelector }))
    for (let i = 0; i < 10; i++) await f.client.create(Webhooks.path(side), hooks.configuration(side, f.unique(`list-${String(i)}`), [hooks.hook(hook)], { 'e2e-list-test-uuid': f.namespace }))
    const { items } = await f.client.get<{ items: { metadata: { name: string } }[] }>(Webhooks.path(side), { labelSelector })
    expect(items).toHaveLength(10)
    for (const { metadata } of items) await hooks.count(metadata.name)
    await counts(f, f.unique('listed'))
    await f.client.delete(Webhooks.path(side), undefined, { labelSelector })
    await eventually('none to count any more', async () => {
      await doesNot(f, f.unique('free'))
      return true
    })
  })
}

conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should honor timeout', async (f) => {
  const hooks = await Webhooks.up(f)
  const slow = async (failurePolicy: 'Fail' | 'Ignore', timeoutSeconds?: number): Promise<string> => {
    const words = { name: 'allow-configmap-with-delay-webhook.k8s.io', path: '/always-allow-delay-5s', rules: 'CREATE /v1/configmaps', failurePolicy, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) }
    const name = f.unique('slow')
    // Its marker comes by another way: a slow webhook would hold it, too.
    const hook = { ...hooks.hook(words), objectSelector: { matchLabels: { slow: name } } }
    await hooks.register('validating', [hook])
    const said = await f.client.create(f.core('configmaps'), configMap(name, {}, { slow: name })).then(() => 'created', String)
    return said
  }
  const [short, ignored, long, usual] = await Promise.all([slow('Fail', 1), slow('Ignore', 1), slow('Fail', 10), slow('Fail')])
  expect(short).toMatch(/context deadline exceeded|timeout/i)
  expect([ignored, long, usual]).toEqual(['created', 'created', 'created'])
}, 240_000)
