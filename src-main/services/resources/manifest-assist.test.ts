import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { CustomResourceDefinitions } from '../../common/kube/kinds.ts'
import { completeManifest, explainManifest } from '../../common/manifests/assist.ts'
import { MANIFEST_VALUES } from '../../common/manifests/values.ts'
import { cronTabDefinition } from '../../engine/api/custom/testing/crontab.ts'
import { DEFINITIONS, resolve, type Schema } from '../../engine/api/openapi/definitions.ts'
import { AS_TESTER, startTestApi, type TestApi } from '../../engine/api/testing/test-api.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalResources } from '../../engine/client/local-resources.ts'
import { ResourcesService } from './resources-service.ts'

let running: TestApi
let informers: SharedInformers
let words: ResourcesService
beforeAll(async () => {
  const clock = new FakeClock()
  running = await startTestApi(clock)
  const client = new LocalClient(running.api)
  informers = new SharedInformers({ client, clock, onError: (error) => { throw error as Error } })
  words = new ResourcesService({ api: new LocalResources(running.api), client, informers, clock })
  await running.api.create(CustomResourceDefinitions, '', cronTabDefinition(), AS_TESTER)
})
afterAll(async () => {
  await informers.stop()
  await running.close()
})

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n'

/** The text without the mark, and where it was. */
function marked(text: string): [string, number] {
  return [text.replace('|', ''), text.indexOf('|')]
}
async function offered(text: string): Promise<string[]> {
  return ((await completeManifest(...marked(text), words))?.items ?? []).map(({ text: word }) => word)
}

test.each<[string, string, readonly string[]]>([
  ['the beginning', '|', ['apiVersion', 'kind']],
  ['a kind', 'apiVersion: apps/v1\nkind: |', ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']],
  ['a version of a kind', 'apiVersion: |\nkind: CronJob', ['batch/v1']],
  ['what holds a flag', `${DEPLOYMENT}  paused: |`, ['true', 'false']],
  ['what prose lists', `${DEPLOYMENT}  strategy:\n    type: |`, ['RollingUpdate', 'Recreate']],
  ['items of a list of words', 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  policyTypes:\n  - |', ['Ingress', 'Egress']],
  ['a Service\'s type', 'apiVersion: v1\nkind: Service\nspec:\n  type: |', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']],
  ['values of a custom kind', 'apiVersion: stable.example.com/v1\nkind: CronTab\nspec:\n  mode: |', ['fast', 'slow']],
  ['nothing in labels, which people choose', `${DEPLOYMENT}  selector:\n    matchLabels:\n      |`, []],
  ['nothing of a kind that is not served', 'apiVersion: v9\nkind: Nonsense\nspec:\n  |', []],
  ['values in flow style', `${DEPLOYMENT}  strategy: {type: |}`, ['RollingUpdate', 'Recreate']],
  ['items of a list in flow style', 'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {policyTypes: [|]}', ['Ingress', 'Egress']],
  ['nothing in a comment', `${DEPLOYMENT}  # |`, []],
])('%s', async (_, text, expected) => {
  expect(await offered(text)).toEqual(expected)
})

test('fields in flow style: none that is there already, and items in braces', async () => {
  const names = await offered(`${DEPLOYMENT}  template: {spec: {containers: [{image: nginx, |, ports: []}]}}\n`)
  expect(names[0]).toBe('name')
  expect(names).toContain('livenessProbe')
  expect(names.filter((name) => name === 'image' || name === 'ports')).toEqual([])
  const items = (await completeManifest(...marked(`${DEPLOYMENT}  template: {spec: {containers: [|]}}\n`), words))?.items
  expect(items?.[0]).toMatchObject({ text: 'name', after: ': ', inBraces: true })
})

test('fields: the required ones first, and none that is there already, above or below', async () => {
  const names = await offered(`${DEPLOYMENT}  replicas: 3\n  |\n  template:\n    spec: {}\n`)
  expect(names[0]).toBe('selector')
  expect(names).toEqual(expect.arrayContaining(['strategy', 'minReadySeconds']))
  expect(names).not.toContain('replicas')
  expect(names).not.toContain('template')
})

test('in the items of a list what the next item has is offered', async () => {
  const names = await offered(`${DEPLOYMENT}  template:\n    spec:\n      containers:\n      - name: a\n        |\n      - name: b\n        image: x\n`)
  expect(names).toContain('image')
  expect(names).not.toContain('name')
})

test('each document of a text is of its own kind', async () => {
  const text = `apiVersion: v1\nkind: ConfigMap\n---\n${DEPLOYMENT}  |\n---\napiVersion: v1\nkind: Secret\n`
  expect(await offered(text)).toContain('progressDeadlineSeconds')
  const { from } = (await completeManifest(...marked(text), words)) ?? { from: -1 }
  expect(from).toBe(text.indexOf('|'))
})

test('a group is opened below its name, a value is typed beside it', async () => {
  const items = (await completeManifest(...marked(`${DEPLOYMENT}  |`), words))?.items ?? []
  expect(items.find(({ text }) => text === 'template')).toMatchObject({ after: ':\n', isRequired: true, description: expect.stringMatching(/describes the .*pod/) as string })
  expect(items.find(({ text }) => text === 'replicas')).toMatchObject({ after: ': ', isRequired: false })
})

test('what a field means is said in the schema\'s words, of a custom kind, too', async () => {
  expect(await explainManifest(...marked(`${DEPLOYMENT}  repl|icas: 3`), words)).toMatchObject({ title: 'spec.replicas: integer', description: expect.stringContaining('Number of desired pods') as string })
  expect(await explainManifest(...marked('apiVersion: stable.example.com/v1\nkind: CronTab\nspec:\n  cr|on: x'), words)).toMatchObject({ description: 'When it runs.' })
  expect(await explainManifest(...marked(`${DEPLOYMENT}  nons|ense: 3`), words)).toBeUndefined()
})

/** What is said of fields of this name (and of this group) in the published schemas. */
function proseOf(name: string): string[] {
  const [field = '', group] = name.split('.').reverse()
  const schemas = Object.values(DEFINITIONS)
  const groups = group === undefined ? schemas : schemas.flatMap(({ properties }) => {
    const found = properties?.[group]
    return found === undefined ? [] : [resolve(found.items ?? found)]
  })
  return groups.flatMap(({ properties }: Schema) => properties?.[field]?.description ?? [])
}

const claim = (spec: object): [string, object] => ['persistentvolumeclaims', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'a' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } }]
/** Of what is not in the published words: an object that holds such a value. */
const SAID_NOWHERE: Record<string, (value: string) => [string, object]> = {
  accessModes: (value) => claim({ accessModes: [value] }),
  volumeMode: (volumeMode) => claim({ volumeMode }),
  volumeBindingMode: (volumeBindingMode) => ['storageclasses', { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'a' }, provisioner: 'a', volumeBindingMode }],
  scheme: (scheme) => ['pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a', readinessProbe: { httpGet: { port: 80, scheme } } }] } }],
}

test.each(Object.entries(MANIFEST_VALUES))('%s: the values that are listed by hand are in the published words, or taken by the API, which refuses others', async (name, values) => {
  const object = SAID_NOWHERE[name]
  if (object === undefined) {
    for (const value of values) expect(proseOf(name).some((text) => text.includes(value)), value).toBe(true)
    return
  }
  const create = (value: string): Promise<unknown> => {
    const [plural, body] = object(value)
    const group = plural === 'storageclasses' ? 'storage.k8s.io' : ''
    return running.api.create({ group, version: 'v1', plural }, group === '' ? 'default' : '', body, { ...AS_TESTER, dryRun: true })
  }
  for (const value of values) await create(value)
  await expect(create('Nonsense')).rejects.toThrow(/Nonsense/)
})
