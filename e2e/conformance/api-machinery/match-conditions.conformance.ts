import { expect } from 'vitest'
import type { ConfigMap } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { configMap, Webhooks, type Side } from './webhook-pod.ts'

interface Configuration {
  metadata: object
  webhooks: { matchConditions?: { name: string; expression: string }[] }[]
}
const FIRST = [{ name: 'expression-1', expression: 'object.metadata.namespace == "production"' }]
const SECOND = [...FIRST, { name: 'expression-2', expression: 'object.metadata.namespace == "staging"' }]

/** A configuration of one webhook that nobody asks, for what is about the configuration itself. */
function configuration(side: Side, name: string, matchConditions: typeof FIRST): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: side === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration', metadata: { name },
    webhooks: [{
      name: 'match-condition-webhook.k8s.io', sideEffects: 'None', admissionReviewVersions: ['v1'], failurePolicy: 'Ignore', clientConfig: { service: { name: 'nobody', namespace: 'default', path: '/' } },
      rules: [{ operations: ['CREATE'], apiGroups: ['conformance.example.com'], apiVersions: ['v1'], resources: ['nothings'] }], matchConditions,
    }],
  }
}

const CHANGING: Readonly<Record<Side, string>> = {
  mutating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update mutating webhook configurations with match conditions',
  validating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update validating webhook configurations with match conditions',
}
for (const [side, name] of Object.entries(CHANGING) as [Side, string][]) {
  conformance(name, async (f) => {
    const own = f.unique('match-conditions')
    f.after(() => f.client.delete(Webhooks.path(side, own)))
    expect((await f.client.create<Configuration>(Webhooks.path(side), configuration(side, own, FIRST))).webhooks[0]?.matchConditions).toEqual(FIRST)
    const there = await f.client.get<Configuration>(Webhooks.path(side, own))
    expect(there.webhooks[0]?.matchConditions).toEqual(FIRST)
    await f.client.replace(Webhooks.path(side, own), { ...there, webhooks: there.webhooks.map((webhook) => ({ ...webhook, matchConditions: SECOND })) })
    expect((await f.client.get<Configuration>(Webhooks.path(side, own))).webhooks[0]?.matchConditions).toEqual(SECOND)
  })
}

const REFUSED: Readonly<Record<Side, string>> = {
  mutating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject mutating webhook configurations with invalid match conditions',
  validating: '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject validating webhook configurations with invalid match conditions',
}
for (const [side, name] of Object.entries(REFUSED) as [Side, string][]) {
  conformance(name, async (f) => {
    const wrong = [{ name: 'invalid-expression-1', expression: '... [] bad expression' }]
    await expect(f.client.create(Webhooks.path(side), configuration(side, f.unique('wrong'), wrong))).rejects.toThrow('compilation failed')
  })
}

conformance("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate everything except 'skip-me' configmaps", async (f) => {
  const hooks = await Webhooks.up(f)
  const matchConditions = [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }]
  await hooks.register('mutating', [hooks.hook({ name: 'adding-configmap-data-stage-1.k8s.io', path: '/mutating-configmaps', rules: 'CREATE /v1/configmaps', matchConditions })])
  const data = { 'mutation-start': 'yes' }
  expect((await f.client.create<ConfigMap>(f.core('configmaps'), configMap('skip-me', data))).data).toEqual(data)
  expect((await f.client.create<ConfigMap>(f.core('configmaps'), configMap('to-be-mutated', data))).data).toEqual({ ...data, 'mutation-stage-1': 'yes' })
})
