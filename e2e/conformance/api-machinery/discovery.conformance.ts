import { expect } from 'vitest'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { define } from './custom-definitions.ts'

interface Group {
  name: string
  versions: { groupVersion: string; version: string }[]
  preferredVersion: { groupVersion: string; version: string }
}
interface Aggregated {
  kind: string
  apiVersion: string
  items: { metadata: { name: string }; versions: { version: string; freshness: string; resources: { resource: string; responseKind: { group: string; version: string; kind: string }; scope: string; verbs: string[] }[] }[] }[]
}

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
const BETA = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'

async function aggregated(f: Framework, path: '/api' | '/apis', accept = V2): Promise<Aggregated> {
  const { code, body, headers } = await f.client.ask<Aggregated>('GET', path, { headers: { accept } })
  expect([code, headers['content-type']]).toEqual([200, accept])
  return body
}

conformance('[sig-api-machinery] server version should find the server version', async (f) => {
  const { major, minor } = await f.client.get<{ major: string; minor: string }>('/version')
  expect(major).toMatch(/^[1-9]\d*$/)
  expect(minor).toMatch(/^\d+\+?$/)
})

conformance('[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup', async (f) => {
  const { groups } = await f.client.get<{ groups: Group[] }>('/apis')
  expect(groups.length).toBeGreaterThan(10)
  for (const { name } of groups) {
    const { ask, group } = await (async () => ({ ask: await f.client.ask<Group>('GET', `/apis/${name}`), group: groups.find((one) => one.name === name) }))()
    // One that another test made may be gone by now.
    if (ask.code === 404) continue
    const { preferredVersion, versions } = ask.body
    expect(preferredVersion.groupVersion).toBe(`${name}/${preferredVersion.version}`)
    expect(versions).toContainEqual(preferredVersion)
    expect(group?.preferredVersion.version).not.toBe('')
  }
})

conformance('[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup', async (f) => {
  const wanted = [
    ['apiregistration.k8s.io', 'v1', 'apiservices'], ['apps', 'v1', 'controllerrevisions'], ['events.k8s.io', 'v1', 'events'], ['authentication.k8s.io', 'v1', 'tokenreviews'], ['authorization.k8s.io', 'v1', 'localsubjectaccessreviews'],
    ['autoscaling', 'v1', 'horizontalpodautoscalers'], ['batch', 'v1', 'cronjobs'], ['certificates.k8s.io', 'v1', 'certificatesigningrequests'], ['networking.k8s.io', 'v1', 'ingressclasses'], ['policy', 'v1', 'poddisruptionbudgets'],
    ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings'], ['storage.k8s.io', 'v1', 'csinodes'], ['admissionregistration.k8s.io', 'v1', 'mutatingwebhookconfigurations'], ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions'],
    ['scheduling.k8s.io', 'v1', 'priorityclasses'], ['coordination.k8s.io', 'v1', 'leases'], ['node.k8s.io', 'v1', 'runtimeclasses'], ['discovery.k8s.io', 'v1', 'endpointslices'], ['flowcontrol.apiserver.k8s.io', 'v1', 'flowschemas'],
  ] as const
  for (const [name, version, resource] of wanted) {
    const group = await f.client.get<Group>(`/apis/${name}`)
    expect(group.versions).toContainEqual({ groupVersion: `${name}/${version}`, version })
    const { groupVersion, resources } = await f.client.get<{ groupVersion: string; resources: { name: string; singularName: string }[] }>(`/apis/${name}/${version}`)
    expect(groupVersion).toBe(`${name}/${version}`)
    expect(resources.map((one) => one.name)).toContain(resource)
  }
})

/** In the aggregated documents is each of these. */
async function hasAll(f: Framework, accept: string): Promise<void> {
  const core = await aggregated(f, '/api', accept)
  expect(core.kind).toBe('APIGroupDiscoveryList')
  expect(core.items.map(({ metadata: { name } }) => name ?? '')).toEqual([''])
  expect(core.items[0]?.versions[0]?.resources.map(({ resource }) => resource)).toEqual(expect.arrayContaining(['pods', 'services', 'namespaces', 'nodes', 'configmaps', 'secrets']))
  const { items } = await aggregated(f, '/apis', accept)
  for (const [name, version, resource] of [['admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations'], ['apps', 'v1', 'deployments'], ['networking.k8s.io', 'v1', 'ingresses'], ['rbac.authorization.k8s.io', 'v1', 'clusterroles'], ['apiregistration.k8s.io', 'v1', 'apiservices'], ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions']] as const) {
    const found = items.find((item) => item.metadata.name === name)?.versions.find((one) => one.version === version)
    expect(found, name).toMatchObject({ freshness: 'Current' })
    expect(found?.resources.map((one) => one.resource)).toContain(resource)
  }
}

conformance('[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers', async (f) => {
  for (const path of ['/api', '/apis'] as const) for (const accept of [V2, BETA]) expect((await aggregated(f, path, accept)).apiVersion).toBe(`apidiscovery.k8s.io/${accept === V2 ? 'v2' : 'v2beta1'}`)
  // Whoever asks as before, or for both and knows only the older, is answered as before.
  const { body, headers } = await f.client.ask<{ kind: string }>('GET', '/apis', { headers: { accept: 'application/json' } })
  expect([body.kind, headers['content-type']]).toEqual(['APIGroupList', 'application/json'])
  const both = await f.client.ask<Aggregated>('GET', '/apis', { headers: { accept: `${V2},${BETA},application/json` } })
  expect(both.headers['content-type']).toBe(V2)
})

conformance('[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs', async (f) => {
  const defined = await define(f)
  for (const accept of [V2, BETA]) {
    const resource = await eventually('the kind is in the document', async () => (await aggregated(f, '/apis', accept)).items.find(({ metadata: { name } }) => name === defined.group)?.versions.find(({ version }) => version === 'v1')?.resources.find((one) => one.resource === defined.plural))
    expect(resource).toMatchObject({ scope: 'Namespaced', responseKind: { group: defined.group, version: 'v1', kind: defined.kind } })
  }
})

conformance('[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface', async (f) => {
  await hasAll(f, `${V2},${BETA},application/json`.split(',')[0] ?? V2)
  await hasAll(f, BETA)
})

conformance('[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs', async (f) => {
  const defined = await define(f)
  await eventually('kubectl finds the kind', async () => (await f.kubectl(['api-resources', '--api-group', defined.group, '--cached=false', '-o', 'name'])).includes(`${defined.plural}.${defined.group}`))
})

conformance('[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata', async (f) => {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }
  const { code, body } = await f.client.ask<{ reason: string }>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body: review, headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })
  expect([code, body.reason]).toEqual([406, 'NotAcceptable'])
})
