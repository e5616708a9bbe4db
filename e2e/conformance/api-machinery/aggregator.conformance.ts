import { expect } from 'vitest'
import type { ConfigMap } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance } from '../framework/conformance.ts'
import { httpsService } from '../framework/https-pod.ts'

const NAME = 'v1alpha1.wardle.example.com'
const GROUP = '/apis/wardle.example.com/v1alpha1'
const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices'

/** An API server of one kind: flunders, kept in files; a created one says in an annotation for whom it was created. */
const SCRIPT = String.raw`#!/bin/sh
dir=/tmp/flunders
mkdir -p $dir
head='Content-Type: application/json\r\n'
say() { printf "$head\r\n"; printf %s "$1"; exit; }
absent() { printf "Status: 404 Not Found\r\n$head\r\n"; printf '{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"not found","code":404}'; exit; }
item='"apiVersion":"wardle.example.com/v1alpha1","kind":"Flunder"'
list() {
  items=
  for file in $1; do [ -f "$file" ] && items="$items,$(cat "$file")"; done
  say '{"kind":"FlunderList","apiVersion":"wardle.example.com/v1alpha1","metadata":{"resourceVersion":"1"},"items":['"${'$'}{items#,}"']}'
}
group=/apis/wardle.example.com/v1alpha1
case "$PATH_INFO" in
  $group) say '{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.com/v1alpha1","resources":[{"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["create","delete","get","list"]}]}';;
  $group/flunders) list "$dir/*";;
  $group/namespaces/*/flunders)
    namespace=$(printf %s "$PATH_INFO" | cut -d/ -f6)
    [ "$REQUEST_METHOD" = GET ] && list "$dir/$namespace.*"
    name=$(cat | tr -d '\n' | sed -n 's/^.*"name" *: *"\([^"]*\)".*$/\1/p')
    made="{$item,\"metadata\":{\"name\":\"$name\",\"namespace\":\"$namespace\",\"uid\":\"$name\",\"annotations\":{\"for\":\"$HTTP_X_REMOTE_USER\"}}}"
    printf %s "$made" > "$dir/$namespace.$name"
    printf "Status: 201 Created\r\n$head\r\n"
    printf %s "$made";;
  $group/namespaces/*/flunders/*)
    file=$dir/$(printf %s "$PATH_INFO" | cut -d/ -f6,8 | tr / .)
    [ -f "$file" ] || absent
    [ "$REQUEST_METHOD" = DELETE ] && rm "$file" && say '{"kind":"Status","apiVersion":"v1","status":"Success"}'
    say "$(cat "$file")";;
  *) absent;;
esac
`

interface APIService {
  metadata: { name: string; labels?: Record<string, string>; resourceVersion: string }
  spec: { versionPriority: number }
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] }
}
interface Flunder {
  metadata: { name: string; annotations: { for: string } }
}
const CONDITION = { status: 'True', reason: 'E2E', message: 'Set from e2e test', lastTransitionTime: '2024-01-01T00:00:00Z' }

// It changes a group of the whole cluster's: nobody else's test may look at it meanwhile. Upstream's server is an image of its own with etcd beside it.
conformance('[sig-api-machinery] Aggregator Should be able to support the 1.17 Sample API Server using the current Aggregator', async (f) => {
  const { client } = f
  const { data = {} } = await client.get<ConfigMap>('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication')
  expect(Object.keys(data)).toEqual(expect.arrayContaining(['client-ca-file', 'requestheader-allowed-names', 'requestheader-client-ca-file', 'requestheader-extra-headers-prefix', 'requestheader-group-headers', 'requestheader-username-headers']))
  await client.get('/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader')
  const service = await httpsService(f, 'sample-api', { script: SCRIPT, clientCa: data['requestheader-client-ca-file'] ?? '' })
  f.after(() => client.delete(`${SERVICES}/${NAME}`))
  await client.create(SERVICES, {
    apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: NAME },
    spec: { group: 'wardle.example.com', version: 'v1alpha1', groupPriorityMinimum: 2000, versionPriority: 200, caBundle: service.caBundle, service: { namespace: f.namespace, name: service.name, port: service.port } },
  })
  const flunders = `${GROUP}/namespaces/default/flunders`
  await eventually('the sample API server to answer', () => client.get(flunders))

  const me = (await client.create<{ status: { userInfo: { username: string } } }>('/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' })).status.userInfo.username
  const name = f.unique('rest-flunder')
  const made = await client.create<Flunder>(flunders, { apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata: { name } })
  expect(made.metadata).toMatchObject({ name, annotations: { for: me } })
  expect((await client.get<{ items: Flunder[] }>(flunders)).items.map(({ metadata }) => metadata.name)).toEqual([name])
  expect((await client.get<Flunder>(`${flunders}/${name}`)).metadata.name).toBe(name)
  expect(await f.kubectl(['get', 'flunders', '--namespace', 'default', '-o', 'name'])).toBe(`flunder.wardle.example.com/${name}\n`)
  await client.delete(`${flunders}/${name}`)
  await expect(client.get(`${flunders}/${name}`)).rejects.toMatchObject({ code: 404 })

  const own = `${SERVICES}/${NAME}`
  expect((await client.get<APIService>(`${own}/status`)).status?.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True', reason: 'Passed' }))
  expect((await client.patch<APIService>(own, 'merge', { spec: { versionPriority: 400 } })).spec.versionPriority).toBe(400)
  expect((await client.get<{ items: APIService[] }>(SERVICES)).items.find(({ metadata }) => metadata.name === NAME)?.spec.versionPriority).toBe(400)
  const label = { 'e2e-apiservice': f.unique('labelled') }
  const labelled = await eventually('a label', async () => {
    const there = await client.get<APIService>(own)
    return client.replace<APIService>(own, { ...there, metadata: { ...there.metadata, labels: { ...there.metadata.labels, ...label } } })
  })
  expect(labelled.metadata.labels).toMatchObject(label)
  await eventually('the status', async () => {
    const there = await client.get<APIService>(`${own}/status`)
    return client.replace<APIService>(`${own}/status`, { ...there, status: { conditions: [...(there.status?.conditions ?? []), { type: 'StatusUpdated', ...CONDITION }] } })
  })
  expect((await client.get<APIService>(own)).status?.conditions).toContainEqual(expect.objectContaining({ type: 'StatusUpdated', reason: 'E2E' }))
  const patched = await client.patch<APIService>(`${own}/status`, 'merge', { status: { conditions: [{ type: 'StatusPatched', ...CONDITION }] } })
  expect(patched.status?.conditions).toContainEqual(expect.objectContaining({ type: 'StatusPatched', reason: 'E2E' }))

  const labelSelector = Object.entries(label).map(([key, value]) => `${key}=${value}`).join()
  expect((await client.get<{ items: APIService[] }>(SERVICES, { labelSelector })).items).toHaveLength(1)
  await client.delete(SERVICES, undefined, { labelSelector })
  await expect(client.get(own)).rejects.toMatchObject({ code: 404 })
  await eventually('nobody to answer for the group', async () => (await client.ask('GET', flunders)).code === 404)
})
