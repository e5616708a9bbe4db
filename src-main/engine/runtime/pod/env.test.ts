import { describe, expect, test } from 'vitest'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import { environment } from './env.ts'
import { expand } from './expand.ts'
import { fieldValue, resourceValue } from './downward.ts'
import { pullPolicy } from './image-policy.ts'
import type { PodPlace, Sources } from './sources.ts'

const meta = (name: string): Pod['metadata'] => ({ name, namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '', labels: { app: 'web' } })
const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: meta('p'), spec: { containers: [] } }
const place: PodPlace = { podIP: '10.0.0.2', hostIP: '1.2.3.4', nodeName: 'n', allocatable: { cpuMilli: 2000, memoryBytes: 4 * 2 ** 30 } }
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const SECRETS: Record<string, Record<string, string>> = {
  secret: { password: base64('geheim') },
}
const sources: Sources = {
  configMap: (_, name) => (name === 'map' ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('map'), data: { A: '1', B: '2' } } : undefined),
  secret: (_, name) => {
    const data = SECRETS[name]
    return data === undefined ? undefined : { apiVersion: 'v1', kind: 'Secret', metadata: meta(name), data }
  },
  runtimeClass: () => undefined,
  services: (namespace) => (namespace === 'ns' ? [{ apiVersion: 'v1', kind: 'Service', metadata: meta('my-db'), spec: { clusterIP: '10.96.0.9', ports: [{ port: 5432, name: 'sql' }] } }] : []),
}
const env = (container: Partial<Container>): Record<string, string> => Object.fromEntries(environment(pod, { name: 'c', ...container }, place, sources))

test.each([
  ['$(A)-$(B)', '1-2'], ['$$(A)', '$(A)'], ['$(NO) $x $', '$(NO) $x $'], ['$$$(A)', '$1'], ['$(A', '$(A'],
])('expand %s', (text, expected) => expect(expand(text, new Map([['A', '1'], ['B', '2']]))).toBe(expected))

describe('environment', () => {
  test('has values from everywhere, later ones using earlier ones', () => {
    expect(env({
      envFrom: [{ configMapRef: { name: 'map' }, prefix: 'M_' }, { secretRef: { name: 'none', optional: true } }],
      env: [
        { name: 'X', value: 'x$(M_A)' }, { name: 'Y', value: '$(X)$(Z)' }, { name: 'P', valueFrom: { secretKeyRef: { name: 'secret', key: 'password' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'map', key: 'C', optional: true } } },
        { name: 'DB', value: '$(MY_DB_SERVICE_HOST):$(MY_DB_SERVICE_PORT_SQL)' },
      ],
    })).toMatchObject({ M_A: '1', M_B: '2', X: 'x1', Y: 'x1$(Z)', P: 'geheim', IP: '10.0.0.2', DB: '10.96.0.9:5432', MY_DB_PORT_5432_TCP_ADDR: '10.96.0.9' })
    expect(env({})).not.toHaveProperty('NONE')
  })
  test.each<[Partial<Container>, string]>([
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'secret', key: 'no' } } }] }, 'couldn\'t find key "no" in secret "secret"'],
  ])('says what is missing', (container, message) => expect(() => env(container)).toThrow(message))
})

test('fields and resources', () => {
  const limited: Container = { name: 'c', resources: { limits: { cpu: '1500m', memory: '1Gi' }, requests: { memory: '10Mi' } } }
  expect(fieldValue(pod, place, { fieldPath: 'metadata.labels[\'app\']' })).toBe('web')
  expect(() => fieldValue(pod, place, { fieldPath: 'spec.nothing' })).toThrow(/no field "spec.nothing"/)
  const value = (container: Container, resource: string, divisor?: string): string => resourceValue(pod, place, container, { resource, ...(divisor === undefined ? {} : { divisor }) })
  expect([value(limited, 'limits.cpu'), value(limited, 'limits.cpu', '1m'), value(limited, 'requests.memory', '1Mi'), value({ name: 'c' }, 'limits.memory', '1Gi')]).toEqual(['2', '1500', '10', '4'])
})

test.each([
  ['nginx', 'Always'], ['nginx:latest', 'Always'], ['nginx:1.27', 'IfNotPresent'], ['reg:5000/nginx', 'Always'], ['nginx@sha256:aa', 'IfNotPresent'],
])('%s is pulled %s', (image, expected) => expect(pullPolicy({ name: 'c', image })).toBe(expected))
