import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { StatusError } from '../../../common/errors.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions, Namespaces } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { aggregated, resourceList } from '../http/discovery.ts'
import { readObject } from '../http/field-validation.ts'
import { rowOf } from '../table/table.ts'
import { Api } from '../api.ts'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { CronTabs, cronTab, cronTabDefinition } from './testing/crontab.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi(new FakeClock())
})
afterEach(() => t.close())

const define = (definition = cronTabDefinition()): Promise<KubeObject> => t.api.create(CustomResourceDefinitions, '', definition, AS_TESTER)
const create = async (object: Record<string, unknown>): Promise<KubeObject> => t.api.create(CronTabs, 'default', object, AS_TESTER)
const refusal = async (write: Promise<unknown>): Promise<string> => write.then(() => 'taken', (error: unknown) => (error instanceof StatusError ? error.message : String(error)))

describe('a definition', () => {
  test('is served as soon as it is there, with its names accepted', async () => {
    const made = await define() as CustomResourceDefinition
    expect(made.status?.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual([['NamesAccepted', 'True', 'NoConflicts'], ['Established', 'True', 'InitialNamesAccepted']])
    expect(made.status?.acceptedNames).toMatchObject({ plural: 'crontabs', singular: 'crontab', kind: 'CronTab', listKind: 'CronTabList', shortNames: ['ct'] })
    expect(made.status?.storedVersions).toEqual(['v1'])
    expect(resourceList(t.api.registry, 'stable.example.com', 'v1')).toMatchObject({ resources: [
      { name: 'crontabs', singularName: 'crontab', kind: 'CronTab', shortNames: ['ct'], categories: ['all'], namespaced: true }, { name: 'crontabs/scale', kind: 'Scale' }, { name: 'crontabs/status', kind: 'CronTab' },
    ] })
    expect(JSON.stringify(aggregated(t.api.registry, false, 'v2'))).toContain('"resource":"crontabs"')
    await t.api.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com', {}, AS_TESTER)
    const going = t.api.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com') as CustomResourceDefinition
    expect([going.metadata.finalizers, going.status?.conditions?.at(-1)?.type]).toEqual([['customresourcecleanup.apiextensions.k8s.io'], 'Terminating'])
    expect(await refusal(create(cronTab('late')))).toContain('create is not supported')
    await t.api.update(CustomResourceDefinitions, '', 'crontabs.stable.example.com', { ...going, metadata: { ...going.metadata, finalizers: [] } }, AS_TESTER)
    expect(resourceList(t.api.registry, 'stable.example.com', 'v1')).toBeUndefined()
    expect(await refusal(create(cronTab('gone')))).toBe('the server could not find the requested resource')
  })

  test('is served again after a restart', async () => {
    await define()
    await create(cronTab('kept'))
    const again = new Api({ store: t.store, schemas: kubernetesSchemas })
    expect(again.get(CronTabs, 'default', 'kept')).toMatchObject({ kind: 'CronTab', spec: { image: 'busybox' } })
  })

  test('does not get a name that another one of the group has, until that one is gone', async () => {
    await define()
    const other = cronTabDefinition({}, { names: { plural: 'crons', kind: 'Cron', shortNames: ['ct'] } })
    other['metadata'] = { name: 'crons.stable.example.com' }
    const refused = await define(other) as CustomResourceDefinition
    expect(refused.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([['NamesAccepted', 'False', 'ShortNamesConflict', '"ct" is already in use'], ['Established', 'False', 'NotAccepted', 'not all names are accepted']])
    expect(t.api.registry.find({ group: 'stable.example.com', version: 'v1', plural: 'crons' })).toBeUndefined()
    const first = await t.api.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com', {}, AS_TESTER)
    await t.api.update(CustomResourceDefinitions, '', 'crontabs.stable.example.com', { ...first.object, metadata: { ...first.object.metadata, finalizers: [] } }, AS_TESTER)
    await t.api.update(CustomResourceDefinitions, '', 'crons.stable.example.com', refused, AS_TESTER).catch(() => undefined)
    expect(t.api.registry.find({ group: 'stable.example.com', version: 'v1', plural: 'crons' })).toBeDefined()
  })

  test('does not get a name that is being given at the same moment', async () => {
    const other = cronTabDefinition({}, { names: { plural: 'crons', kind: 'Cron', shortNames: ['ct'] } })
    other['metadata'] = { name: 'crons.stable.example.com' }
    const both = await Promise.all([define(), define(other)]) as CustomResourceDefinition[]
    expect(both.map(({ status }) => status?.conditions?.[0]?.status)).toEqual(['True', 'False'])
  })

  test('keeps conditions that others wrote into its status', async () => {
    const made = await define() as CustomResourceDefinition
    const conditions = [...(made.status?.conditions ?? []), { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }]
    await t.api.updateStatus(CustomResourceDefinitions, '', made.metadata.name, { ...made, status: { ...made.status, conditions } }, AS_TESTER)
    const labelled = await t.api.patch(CustomResourceDefinitions, '', made.metadata.name, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, 'main', AS_TESTER) as CustomResourceDefinition
    expect(labelled.status?.conditions?.map(({ type }) => type)).toEqual(['NamesAccepted', 'Established', 'StatusUpdate'])
  })

  test('of a kind that is built in is taken, and changes nothing about it', async () => {
    const gateways = cronTabDefinition({}, { group: 'gateway.networking.k8s.io', names: { plural: 'gateways', kind: 'Gateway' } }, 'gateway.networking.k8s.io')
    gateways['metadata'] = { name: 'gateways.gateway.networking.k8s.io', annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/1' } }
    const made = await define(gateways) as CustomResourceDefinition
    expect(made.status?.conditions?.find(({ type }) => type === 'Established')).toMatchObject({ status: 'True', reason: 'BuiltIn' })
    expect(t.api.registry.find({ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gateways' })?.schema).toBeUndefined()
    expect((await t.api.delete(CustomResourceDefinitions, '', made.metadata.name, {}, AS_TESTER)).gone).toBe(true)
    expect(t.api.registry.find({ group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gateways' })).toBeDefined()
  })
})

describe('objects', () => {
  beforeEach(() => define())

  test('get defaults, lose what the schema does not know, and keep nulls that it allows', async () => {
    const made = await create(cronTab('a', { note: null, unknown: 1, steps: [{ name: 'x' }], free: { any: { thing: [1] }, known: { a: 'b', c: 'd' } } }))
    expect(made).toMatchObject({ metadata: { generation: 1 }, spec: { cron: '* * * * 5', image: 'busybox', replicas: 1, note: null, steps: [{ name: 'x', retries: 3 }], free: { any: { thing: [1] }, known: { a: 'b' } } } })
    expect((made as unknown as { spec: object }).spec).not.toHaveProperty('unknown')
    expect(JSON.stringify(made)).not.toContain('"c":"d"')
  })

  test('stored before a default came get it when they are read', async () => {
    await create(cronTab('old'))
    const definition = t.api.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com') as CustomResourceDefinition
    const changed = structuredClone(definition)
    const spec = (changed.spec.versions[0]?.schema?.openAPIV3Schema?.properties as Record<string, { properties: Record<string, object> }>)['spec']
    if (spec !== undefined) spec.properties['color'] = { type: 'string', default: 'red' }
    await t.api.update(CustomResourceDefinitions, '', definition.metadata.name, changed, AS_TESTER)
    expect(t.api.get(CronTabs, 'default', 'old')).toMatchObject({ spec: { color: 'red' } })
  })

  test('that are not what the schema says are refused, in upstream\'s words', async () => {
    const wrong: [object, string][] = [
      [{ cron: 'nope' }, "spec.cron: Invalid value: \"nope\": spec.cron in body should match '^(\\d+|\\*)( (\\d+|\\*)){4}$'"],
      [{ replicas: 'two' }, 'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
      [{ replicas: 11 }, 'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10'],
      [{ replicas: 1.5 }, 'spec.replicas: Invalid value: "number": spec.replicas in body must be of type integer: "number"'],
      [{ mode: 'medium' }, 'spec.mode: Unsupported value: "medium": supported values: "fast", "slow"'],
      [{ at: 'tomorrow' }, 'spec.at: Invalid value: "tomorrow": spec.at in body must be of type date-time: "tomorrow"'],
      [{ image: null, tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
      [{ steps: [{ name: 'a' }, { name: 'a' }] }, 'spec.steps[1]: Duplicate value: {"name":"a"}'],
      [{ steps: [{ retries: 1 }] }, 'spec.steps[0].name: Required value'],
      [{ port: true }, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
      [{ cron: undefined }, 'spec.cron: Required value'],
      [{ mode: null }, 'spec.mode: Invalid value: "null": spec.mode in body must be of type string: "null"'],
      [{ template: { spec: {} } }, '[spec.template.apiVersion: Required value: must not be empty, spec.template.kind: Required value: must not be empty]'],
    ]
    for (const [spec, message] of wrong) expect(await refusal(create(cronTab('bad', spec)))).toContain(`CronTab.stable.example.com "bad" is invalid: ${message}`)
  })

  test('unknown fields are named, those of embedded metadata too', () => {
    const { schemas } = t.api.core
    const body = { ...cronTab('a', { nope: 1, steps: [{ name: 'a', x: 1 }], template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', unknownSub: 1 } } }), metadata: { name: 'a', unknownMeta: 'x' } }
    expect(() => readObject(schemas, CronTabs, body, 'Strict', () => undefined)).toThrow('strict decoding error: unknown field "metadata.unknownMeta", unknown field "spec.nope", unknown field "spec.steps[0].x", unknown field "spec.template.metadata.unknownSub"')
    const warnings: string[] = []
    readObject(schemas, CronTabs, body, 'Warn', (message) => warnings.push(message))
    expect(warnings).toHaveLength(4)
  })

  test('status and scale are their own; generation counts the spec', async () => {
    const made = await create({ ...cronTab('a'), status: { replicas: 9 } })
    expect(made).not.toHaveProperty('status')
    const withStatus = await t.api.updateStatus(CronTabs, 'default', 'a', { ...made, spec: { cron: '1 1 1 1 1' }, status: { replicas: 2, selector: 'app=a' } }, AS_TESTER)
    expect(withStatus).toMatchObject({ metadata: { generation: 1 }, spec: { cron: '* * * * 5' }, status: { replicas: 2 } })
    expect(await t.api.updateScale(CronTabs, 'default', 'a', { spec: { replicas: 4 } }, AS_TESTER)).toMatchObject({ spec: { replicas: 4 }, status: { replicas: 2, selector: 'app=a' } })
    expect(t.api.get(CronTabs, 'default', 'a')).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 4 } })
    expect(await refusal(t.api.updateStatus(CronTabs, 'default', 'a', { ...withStatus, metadata: { name: 'a' }, status: { replicas: 'x' } }, AS_TESTER))).toContain('status.replicas in body must be of type integer')
  })

  test('print as their columns say, are selected by their fields, and are watched', async () => {
    const seen: string[] = []
    let isOver = false
    t.api.watch(CronTabs, { fieldSelector: 'spec.mode=fast' }, { onEvents: (events) => events.forEach(({ type, object }) => seen.push(`${type} ${object.metadata.name}`)), onGone: () => (isOver = true) })
    await create(cronTab('a', { mode: 'fast' }))
    await create(cronTab('b', { mode: 'slow' }))
    expect(t.api.list(CronTabs, { fieldSelector: 'spec.mode=fast' }).items.map(({ metadata }) => metadata.name)).toEqual(['a'])
    expect(() => t.api.list(CronTabs, { fieldSelector: 'spec.image=x' })).toThrow('field label not supported: spec.image')
    await t.api.patch(CronTabs, 'default', 'a', 'application/merge-patch+json', { spec: { mode: 'slow' } }, 'main', AS_TESTER)
    expect(seen).toEqual(['ADDED a', 'DELETED a'])
    const object = t.api.get(CronTabs, 'default', 'a')
    const withReady = await t.api.updateStatus(CronTabs, 'default', 'a', { ...object, status: { conditions: [{ type: 'Ready', status: 'True' }] } }, AS_TESTER)
    expect(rowOf(t.api.registry.kindOf(CronTabs), withReady, 'None', 'v1', Date.parse(object.metadata.creationTimestamp) + 5000).cells).toEqual(['a', '* * * * 5', 1, 'True', '5s'])
    await t.api.patch(CustomResourceDefinitions, '', 'crontabs.stable.example.com', 'application/merge-patch+json', { spec: { names: { categories: ['mine'] } } }, 'main', AS_TESTER)
    expect(isOver).toBe(true)
  })

  test('are patched by merge and JSON patch; strategic merge is refused', async () => {
    await create(cronTab('a', { labels: { x: '1' } }))
    await t.api.patch(CronTabs, 'default', 'a', 'application/json-patch+json', [{ op: 'replace', path: '/spec/labels/x', value: '2' }], 'main', AS_TESTER)
    expect(t.api.get(CronTabs, 'default', 'a')).toMatchObject({ spec: { labels: { x: '2' } } })
    await expect(t.api.patch(CronTabs, 'default', 'a', 'application/strategic-merge-patch+json', {}, 'main', AS_TESTER)).rejects.toMatchObject({ code: 415 })
  })

  test('are applied by the list types of their schema', async () => {
    const apply = (manager: string, spec: object, force = false): Promise<unknown> => t.api.apply(CronTabs, 'default', 'a', { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'a' }, spec }, force, { ...AS_TESTER, fieldManager: manager })
    await apply('one', { cron: '* * * * 5', steps: [{ name: 'a', retries: 1 }], tags: ['x'] })
    await apply('two', { steps: [{ name: 'b' }], tags: ['y'] })
    expect(t.api.get(CronTabs, 'default', 'a')).toMatchObject({ spec: { steps: [{ name: 'a', retries: 1 }, { name: 'b', retries: 3 }], tags: ['x', 'y'] } })
    expect(await refusal(apply('two', { steps: [{ name: 'a', retries: 2 }] }))).toContain('conflict with "one": .spec.steps[name="a"].retries')
    await apply('one', { cron: '* * * * 5', tags: [] })
    expect(t.api.get(CronTabs, 'default', 'a')).toMatchObject({ spec: { steps: [{ name: 'b' }], tags: ['y'] } })
  })

  test('that changed only where they were right may keep what the schema now refuses', async () => {
    await create(cronTab('old', { image: 'a-very-long-image-name' }))
    const definition = structuredClone(t.api.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com')) as CustomResourceDefinition
    const spec = (definition.spec.versions[0]?.schema?.openAPIV3Schema?.properties as Record<string, { properties: Record<string, { maxLength?: number }> }>)['spec']
    if (spec?.properties['image'] !== undefined) spec.properties['image'].maxLength = 7
    await t.api.update(CustomResourceDefinitions, '', definition.metadata.name, definition, AS_TESTER)
    await t.api.patch(CronTabs, 'default', 'old', 'application/merge-patch+json', { spec: { replicas: 2 } }, 'main', AS_TESTER)
    expect(await refusal(t.api.patch(CronTabs, 'default', 'old', 'application/merge-patch+json', { spec: { image: 'another-long-one' } }, 'main', AS_TESTER))).toContain('spec.image: Too long: may not be more than 7 bytes')
  })
})

test('a namespace that ends takes no custom object', async () => {
  await define()
  await t.api.create(Namespaces, '', { metadata: { name: 'ending' } }, AS_TESTER)
  await t.api.delete(Namespaces, '', 'ending', {}, AS_TESTER)
  expect(await refusal(t.api.create(CronTabs, 'ending', cronTab('a'), AS_TESTER))).toContain('because it is being terminated')
})

test('versions that only differ in name are one object', async () => {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await define(cronTabDefinition({}, { versions: [{ name: 'v1', served: true, storage: true, schema }, { name: 'v2', served: true, storage: false, schema, deprecated: true }] }))
  const v2 = { ...CronTabs, version: 'v2' }
  await t.api.create(v2, 'default', { apiVersion: 'stable.example.com/v2', kind: 'CronTab', metadata: { name: 'a' }, a: { b: [1] } }, AS_TESTER)
  expect([t.api.get(CronTabs, 'default', 'a'), t.api.get(v2, 'default', 'a')]).toMatchObject([{ apiVersion: 'stable.example.com/v1', a: { b: [1] } }, { apiVersion: 'stable.example.com/v2', a: { b: [1] } }])
  expect(t.api.registry.all().filter(({ resource }) => resource.kind === 'CronTab').map(({ resource }) => resource.version)).toEqual(['v2'])
  expect(t.api.registry.find(v2)?.deprecated).toBe('stable.example.com/v2 CronTab is deprecated')
  const stored = structuredClone(t.api.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com')) as CustomResourceDefinition
  stored.spec.versions.forEach((version) => (version.storage = version.name === 'v2'))
  const moved = await t.api.update(CustomResourceDefinitions, '', stored.metadata.name, stored, AS_TESTER) as CustomResourceDefinition
  expect(moved.status?.storedVersions).toEqual(['v1', 'v2'])
  const before = t.api.get(CronTabs, 'default', 'a')
  const after = await t.api.update(CronTabs, 'default', 'a', before, AS_TESTER)
  expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion)
  expect((await t.api.update(CronTabs, 'default', 'a', after, AS_TESTER)).metadata.resourceVersion).toBe(after.metadata.resourceVersion)
})
