import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCompose } from '../../common/compose/read.ts'
import type { Secret, Service } from '../../common/kube/generated/core-v1.ts'
import { Secrets, Services } from '../../common/kube/kinds.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { composeToKubernetes } from '../../convert/to-kubernetes/convert.ts'
import { InCluster } from '../../convert/testing/in-cluster.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { startTestApi } from '../../engine/api/testing/test-api.ts'
import type { MoveParts } from './move-parts.ts'
import { readApp } from './read-app.ts'
import type { RunningApp } from './to-swarm.ts'
import { appToStack } from './to-swarm.ts'

// An app on the engine's real API is read as a move reads it: what the server filled in by itself, and what controllers made, is nobody's to report.

let server: TestApi
let cluster: InCluster
let namespace: string
beforeAll(async () => {
  server = await startTestApi()
  cluster = new InCluster(server.api)
  namespace = await cluster.apply(written())
})
afterAll(() => server.close())

const SHOP = `services:
  web: {image: "shop/web:1", ports: ["30080:8080"], configs: [site], deploy: {replicas: 2, labels: {toque.autoscale.max: "4", toque.autoscale.cpu: "70"}, resources: {reservations: {cpus: "0.1"}}}}
  api: {image: "shop/api:1", expose: ["3000"], secrets: [key], healthcheck: {test: "true", interval: 10s, start_period: 30s}}
  agent: {image: "shop/agent:1", deploy: {mode: global}}
configs: {site: {content: "a"}}
secrets: {key: {file: ./key}}
`

function written(): readonly Manifest[] {
  const { model } = readCompose(SHOP)
  if (model === undefined) throw new Error('no model')
  return composeToKubernetes(model, { files: { './key': 'x' } }).objects
}

/** A move's view of a namespace; no servers are known. */
async function read(namespace: string): Promise<RunningApp> {
  const parts = { client: cluster.client, informers: { for: () => ({ lister: { list: () => [] } }) }, swarm: () => ({ state: { now: { nodes: [] } }, servers: { list: () => [] } }) }
  return readApp(parts as unknown as MoveParts, namespace, undefined)
}

/** What a report says of an app, without the namespace, which only a live object has. */
function reported(app: RunningApp): string[] {
  return appToStack(app, 'shop').report.filter(({ field }) => !field.endsWith('.metadata.namespace')).map(({ field, verdict }) => `${verdict} ${field}`).sort()
}

/** What a server's default means something else by in Docker: it is told although nobody wrote it. */
const MEANS_SOMETHING = /\.(terminationGracePeriodSeconds|imagePullPolicy|replicas|updateStrategy\.(type|rollingUpdate\.max\w+))$/

test('the report of a live app has no line for what the server filled in, but where that means something', async () => {
  const live = await read(namespace)
  const asWritten = reported({ ...live, objects: written() })
  expect(asWritten.length).toBeGreaterThan(50)
  // What a Secret holds was written as text.
  expect(reported(live).filter((line) => !asWritten.includes(line) && !MEANS_SOMETHING.test(line))).toEqual(['changed Secret/key.data.key'])
})

test('what a controller made of something else stays behind; what it made for the app to read goes along', async () => {
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Thing', name: 'thing', uid: 'c0ffee00-0000-4000-8000-000000000000', controller: true }]
  const { client } = cluster
  const web = await client.get(Services, namespace, 'web')
  await client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name: 'made', ownerReferences }, spec: { selector: { ...web.spec.selector }, ports: [{ port: 80 }] } } as Draft<Service>)
  const key = await client.get(Secrets, namespace, 'key')
  await client.update(Secrets, { ...key, metadata: { ...key.metadata, ownerReferences } } as Secret)
  const names = (await read(namespace)).objects.map(({ kind, metadata }) => `${kind}/${metadata.name ?? ''}`)
  expect(names).toEqual(expect.arrayContaining(['Deployment/web', 'DaemonSet/agent', 'Service/web', 'Service/web-nodeport', 'ConfigMap/site', 'Secret/key', 'HorizontalPodAutoscaler/web']))
  expect(names).not.toContain('Service/made')
})
