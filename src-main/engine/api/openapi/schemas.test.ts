import { describe, expect, test } from 'vitest'
import { kubernetesSchemas } from './schemas.ts'
import { ConfigMaps, Deployments, Pods, Services } from '../../../common/kube/kinds.ts'

const website = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'my-website', creationTimestamp: null, labels: { app: 'web' } },
  spec: {
    replicas: 3, selector: { matchLabels: { app: 'web' } }, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }], resources: { limits: { cpu: 1, memory: '64Mi' } } }] } },
  },
}
function changed(change: (d: typeof website) => void): Record<string, unknown> {
  const copy = structuredClone(website)
  change(copy)
  return copy
}

describe('check', () => {
  test('a right body passes, as a copy without nulls', () => {
    const { value, unknown, wrong } = kubernetesSchemas.check(Deployments, website)
    expect([unknown, wrong]).toEqual([[], []])
    expect(value).toEqual(changed((d) => delete (d.metadata as { creationTimestamp?: null }).creationTimestamp))
    expect(value['spec']).not.toBe(website.spec)
  })

  test.each([
    ['spec.replcas', (d: typeof website) => Object.assign(d.spec, { replcas: 3 })],
    ['spec.template.spec.contaners', (d: typeof website) => Object.assign(d.spec.template.spec, { contaners: [{ x: null }] })],
    ['spec.template.spec.containers[0].imag', (d: typeof website) => Object.assign(d.spec.template.spec.containers[0] ?? {}, { imag: 'x' })],
    ['toString', (d: typeof website) => Object.assign(d, { toString: 1 })],
  ])('names the unknown field %s and drops it', (path, change) => {
    const { value, unknown } = kubernetesSchemas.check(Deployments, changed(change))
    expect(unknown).toEqual([path])
    expect(value).toEqual(kubernetesSchemas.check(Deployments, website).value)
  })

  test.each([
    [Deployments, { spec: { replicas: 'three' } }, 'spec.replicas', 'string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [Deployments, { spec: { replicas: 3.5 } }, 'spec.replicas', 'number 3.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [Deployments, { spec: { replicas: 3e9 } }, 'spec.replicas', 'number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [Deployments, { spec: { template: { spec: { containers: [{ ports: [{ containerPort: '80' }] }] } } } }, 'spec.template.spec.containers[0].ports[0].containerPort',
      'string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32'],
    [Pods, { spec: { containers: { name: 'c' } } }, 'spec.containers', 'object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [Pods, { spec: { hostNetwork: 'yes' } }, 'spec.hostNetwork', 'string into Go struct field PodSpec.spec.hostNetwork of type bool'],
    [ConfigMaps, { data: { port: 80 } }, 'data.port', 'number into Go struct field ConfigMap.data of type string'],
    [ConfigMaps, { metadata: { labels: { ok: true } } }, 'metadata.labels.ok', 'bool into Go struct field ObjectMeta.metadata.labels of type string'],
    [Services, { spec: 'x' }, 'spec', 'string into Go struct field Service.spec of type v1.ServiceSpec'],
  ])('names a wrong type as upstream does: %#', (resource, body, path, message) => {
    expect(kubernetesSchemas.check(resource, body).wrong).toMatchObject([{ path, message: `json: cannot unmarshal ${message}` }])
  })

  test('a kind without a schema passes whole, without nulls', () => {
    const body = { kind: 'Backup', spec: { a: null, b: [1, { c: null }] } }
    expect(kubernetesSchemas.check({ group: 'toque.dev', version: 'v1', kind: 'Backup' }, body)).toEqual({ value: { kind: 'Backup', spec: { b: [1, {}] } }, unknown: [], wrong: [] })
  })
})

describe('node', () => {
  const pod = kubernetesSchemas.node(Deployments)?.field('spec')?.field('template')?.field('spec')

  test.each([
    ['containers', 'name', ['merge'], ['name']], ['volumes', 'name', ['merge', 'retainKeys'], ['name']], ['tolerations', undefined, [], []], ['hostAliases', 'ip', ['merge'], ['ip']],
  ])('knows how %s merges', (field, mergeKey, patchStrategy, listMapKeys) => {
    expect(pod?.field(field)).toMatchObject({ mergeKey, patchStrategy, listMapKeys })
  })

  test('goes into items, maps and places it does not know', () => {
    expect(pod?.field('containers')?.items?.field('ports')).toMatchObject({ mergeKey: 'containerPort', listMapKeys: ['containerPort', 'protocol'], listType: 'map' })
    expect(kubernetesSchemas.node(Deployments)?.field('spec')?.field('strategy')).toMatchObject({ patchStrategy: ['retainKeys'] })
    expect(kubernetesSchemas.node(Deployments)?.field('metadata')?.field('finalizers')).toMatchObject({ patchStrategy: ['merge'], mergeKey: undefined, listType: 'set' })
    expect(pod?.field('nodeSelector')?.field('any')).toBeDefined()
    expect([pod?.field('nonsense'), pod?.field('constructor'), kubernetesSchemas.node({ group: 'x', version: 'v1', kind: 'Y' })]).toEqual([undefined, undefined, undefined])
  })
})
