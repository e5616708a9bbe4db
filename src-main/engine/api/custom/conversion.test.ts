import { createServer } from 'node:https'
import type { Server } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { CustomResourceDefinitions, EndpointSlices, Pods, Services } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { ByteStream } from '../../../common/kube/node-access.ts'
import { Api } from '../api.ts'
import { preparePki } from '../pki/pki.ts'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { readAnswer } from './conversion-webhook.ts'
import { CronTabs, cronTabDefinition } from './testing/crontab.ts'

// A real webhook over HTTPS: v1 has spec.hostPort, v2 spec.host and spec.port.

interface Converted {
  apiVersion: string
  spec: { hostPort?: string; host?: string; port?: string }
}
interface Review {
  request: { uid: string; desiredAPIVersion: string; objects: Converted[] }
}

let t: TestApi
let hook: Server
let caBundle: string
let port: number
let asked: Review[]
let spoil: (answer: { response: Record<string, unknown> }) => unknown

function convert({ request: { uid, desiredAPIVersion, objects } }: Review): { response: Record<string, unknown> } & Record<string, unknown> {
  const convertedObjects = objects.map((object) => {
    const { hostPort, host, port: number, ...rest } = object.spec
    const spec = desiredAPIVersion.endsWith('/v1') ? { ...rest, hostPort: hostPort ?? `${host ?? ''}:${number ?? ''}` } : { ...rest, host: host ?? hostPort?.split(':')[0], port: number ?? hostPort?.split(':')[1] }
    return { ...object, apiVersion: desiredAPIVersion, spec }
  })
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response: { uid, result: { status: 'Success' }, convertedObjects } }
}

beforeEach(async () => {
  t = await startTestApi()
  const pki = await preparePki(join(t.dir, 'hook'), ['127.0.0.1', 'localhost', 'hook.default.svc'], Date.now())
  caBundle = Buffer.from(readFileSync(join(t.dir, 'hook', 'ca.crt'))).toString('base64')
  asked = []
  spoil = (answer) => answer
  hook = createServer({ cert: pki.server.cert, key: pki.server.key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review
      asked.push(review)
      response.end(JSON.stringify(spoil(convert(review))))
    })
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  port = (hook.address() as AddressInfo).port
})
afterEach(async () => {
  hook.closeAllConnections()
  await new Promise((resolve) => hook.close(resolve))
  await t.close()
})

const V2 = { ...CronTabs, version: 'v2' }
const names = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } }
const definition = (clientConfig: object): Record<string, unknown> => cronTabDefinition({}, {
  versions: [{ name: 'v1', served: true, storage: true, schema: names, selectableFields: [] }, { name: 'v2', served: true, storage: false, schema: names }],
  conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1', 'v1beta1'] } },
})
const byUrl = (): Record<string, unknown> => definition({ url: `https://127.0.0.1:${String(port)}/convert`, caBundle })
const v1 = (name: string): object => ({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name }, spec: { hostPort: 'a:80' } })

describe('a webhook converts', () => {
  test('what is read, listed, watched and written in another version', async () => {
    await t.api.create(CustomResourceDefinitions, '', byUrl(), AS_TESTER)
    await t.api.create(CronTabs, 'default', v1('a'), AS_TESTER)
    expect(asked).toEqual([])
    expect(await t.api.fetch(V2, 'default', 'a')).toMatchObject({ apiVersion: 'stable.example.com/v2', metadata: { name: 'a' }, spec: { host: 'a', port: '80' } })
    await t.api.create(V2, 'default', { metadata: { name: 'b' }, spec: { host: 'b', port: '81' } }, AS_TESTER)
    expect(t.api.get(CronTabs, 'default', 'b')).toMatchObject({ spec: { hostPort: 'b:81' } })
    asked = []
    expect((await t.api.fetchList(V2)).items).toMatchObject([{ spec: { host: 'a' } }, { spec: { host: 'b' } }])
    expect(asked).toHaveLength(1)
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      t.api.watch(V2, { sendInitialEvents: true }, {
        onEvents: (events) => events.forEach(({ type, object }) => seen.push(`${type} ${object.metadata.name} ${(object as unknown as Converted).spec.host ?? ''}`)),
        onInitialEventsEnd: () => {
          seen.push('end')
          resolve()
        },
      })
    })
    expect(seen).toEqual(['ADDED a a', 'ADDED b b', 'end'])
    await t.api.patch(V2, 'default', 'a', 'application/merge-patch+json', { spec: { port: '90' } }, 'main', AS_TESTER)
    expect(t.api.get(CronTabs, 'default', 'a')).toMatchObject({ spec: { hostPort: 'a:90' } })
    expect(() => t.api.get(V2, 'default', 'a')).toThrow('converted by a webhook')
    // What follows all objects needs no webhook.
    expect(t.api.registry.all().find(({ resource }) => resource.kind === 'CronTab')?.resource.version).toBe('v1')
  })

  test('what is selected by fields of another version, in lists and watches', async () => {
    const made = byUrl() as { spec: { versions: { selectableFields?: object[]; schema: object }[] } }
    const fields = { openAPIV3Schema: { type: 'object', properties: { spec: { 'type': 'object', 'x-kubernetes-preserve-unknown-fields': true, 'properties': { hostPort: { type: 'string' }, host: { type: 'string' } } } } } }
    made.spec.versions = made.spec.versions.map((version, i) => ({ ...version, schema: fields, selectableFields: [{ jsonPath: i === 0 ? '.spec.hostPort' : '.spec.host' }] }))
    await t.api.create(CustomResourceDefinitions, '', made, AS_TESTER)
    await t.api.create(CronTabs, 'default', v1('a'), AS_TESTER)
    const from = String(t.store.revision)
    await t.api.create(CronTabs, 'default', { ...v1('b'), spec: { hostPort: 'b:80' } }, AS_TESTER)
    const listed = async (resource: typeof CronTabs, fieldSelector: string): Promise<string[]> => (await t.api.fetchList(resource, { fieldSelector, limit: 1 })).items.map(({ metadata: { name } }) => name)
    expect(await listed(V2, 'spec.host=b')).toEqual(['b'])
    expect(await listed(V2, 'spec.host!=b')).toEqual(['a'])
    expect(await listed(CronTabs, 'spec.hostPort=b:80')).toEqual(['b'])
    const seen: string[] = []
    const watched = new Promise<void>((resolve) => {
      t.api.watch(V2, { fieldSelector: 'spec.host=a', resourceVersion: from }, {
        onEvents: (events) => events.forEach(({ type, object }) => {
          seen.push(`${type} ${object.metadata.name} ${(object as unknown as Converted).spec.host ?? ''} ${(object as unknown as Converted).spec.port ?? ''}`)
          if (seen.length === 5) resolve()
        }),
      })
    })
    for (const [name, hostPort] of [['b', 'a:1'], ['b', 'a:2'], ['a', 'c:1'], ['b', 'c:2']]) await t.api.patch(CronTabs, 'default', name ?? '', 'application/merge-patch+json', { spec: { hostPort } }, 'main', AS_TESTER)
    await t.api.create(CronTabs, 'default', v1('d'), AS_TESTER)
    await watched
    expect(seen).toEqual(['ADDED b a 1', 'MODIFIED b a 2', 'DELETED a a 80', 'DELETED b a 2', 'ADDED d a 80'])
    await t.api.deleteCollection(V2, { fieldSelector: 'spec.host!=c' }, {}, AS_TESTER)
    expect(await listed(V2, 'spec.host!=x')).toEqual(['a', 'b'])
  })

  test('through a Service, whose pods the engine reaches by the nodes', async () => {
    const reached: string[] = []
    const api = new Api({
      store: t.store, schemas: kubernetesSchemas,
      nodes: () => ({
        portForward: async (namespace, pod, target): Promise<ByteStream> => {
          reached.push(`${namespace}/${pod}:${String(target)}`)
          const socket = connect(port, '127.0.0.1')
          return { readable: socket, write: (chunk) => new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))), end: () => socket.end(), destroy: () => socket.destroy() }
        },
      }),
    })
    await api.create(Services, 'default', { metadata: { name: 'hook' }, spec: { ports: [{ port: 9443, targetPort: 8443 }] } }, AS_TESTER)
    await api.create(CustomResourceDefinitions, '', definition({ service: { namespace: 'default', name: 'hook', port: 9443, path: '/convert' }, caBundle }), AS_TESTER)
    await api.create(CronTabs, 'default', v1('a'), AS_TESTER)
    await expect(api.fetch(V2, 'default', 'a')).rejects.toThrow('conversion webhook for stable.example.com/v1, Kind=CronTab failed: no endpoints available for service "hook"')
    await api.create(Pods, 'default', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
    await api.create(EndpointSlices, 'default', { metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } }, addressType: 'IPv4', ports: [{ name: '', port: 8443, protocol: 'TCP' }], endpoints: [{ addresses: ['10.244.0.5'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } }] }, AS_TESTER)
    expect(await api.fetch(V2, 'default', 'a')).toMatchObject({ spec: { host: 'a' } })
    expect(reached).toEqual(['default/p:8443'])
  })
})

describe('a webhook that fails', () => {
  const message = async (): Promise<string> => t.api.fetch(V2, 'default', 'a').then(() => 'answered', (error: unknown) => (error instanceof StatusError ? `${String(error.code)} ${error.message}` : String(error)))

  test('is told of, and deleting needs none', async () => {
    await t.api.create(CustomResourceDefinitions, '', byUrl(), AS_TESTER)
    await t.api.create(CronTabs, 'default', v1('a'), AS_TESTER)
    spoil = ({ response }) => ({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response: { uid: response['uid'], result: { status: 'Failed', message: 'no such version' } } })
    expect(await message()).toBe('500 conversion webhook for stable.example.com/v1, Kind=CronTab failed: no such version')
    spoil = () => ({ nothing: true })
    expect(await message()).toContain('the answer is not a ConversionReview')
    hook.closeAllConnections()
    await new Promise((resolve) => hook.close(resolve))
    expect(await message()).toMatch(/failed: Post "https:\/\/127.0.0.1:\d+\/convert\?timeout=30s": connect ECONNREFUSED/)
    expect((await t.api.delete(V2, 'default', 'a', {}, AS_TESTER)).gone).toBe(true)
  })

  test('is not trusted by another CA', async () => {
    const other = await preparePki(join(t.dir, 'other'), ['localhost'], Date.now())
    expect(other.ca).toBeDefined()
    await t.api.create(CustomResourceDefinitions, '', definition({ url: `https://127.0.0.1:${String(port)}/convert`, caBundle: Buffer.from(other.ca).toString('base64') }), AS_TESTER)
    await t.api.create(CronTabs, 'default', v1('a'), AS_TESTER)
    expect(await message()).toMatch(/failed: Post .*(certificate|self.signed)/i)
    expect(asked).toEqual([])
  })

  test.each<[string, (object: KubeObject) => unknown, string]>([
    ['changes a name', (o) => ({ ...o, metadata: { ...o.metadata, name: 'x' } }), 'metadata.name must not be changed'],
    ['gives another version', (o) => ({ ...o, apiVersion: 'stable.example.com/v3' }), 'expected group version stable.example.com/v2'],
    ['gives no object', () => 'x', 'converted object at index 0 has no metadata'],
  ])('that %s is refused', (_, change, wrong) => {
    expect(() => read(change)).toThrow(wrong)
  })

  test('changes labels and annotations; what else it says of the object is not listened to', () => {
    const managedFields = [{ manager: 'm', operation: 'Update', apiVersion: 'stable.example.com/v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': {} } }]
    const metadata = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: 'x', managedFields }
    const [made] = read((o) => ({ ...o, metadata: { name: 'a', uid: 'u', labels: { new: 'yes' }, ownerReferences: [], managedFields: [] } }), metadata)
    expect(made?.metadata).toEqual({ ...metadata, labels: { new: 'yes' } })
  })

  function read(change: (object: KubeObject) => unknown, metadata: KubeObject['metadata'] = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: 'x' }): KubeObject[] {
    const object = { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata }
    const answer = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response: { uid: '1', result: { status: 'Success' }, convertedObjects: [change({ ...object, apiVersion: 'stable.example.com/v2' })] } }
    return readAnswer('hook', answer, '1', [object], 'stable.example.com/v2')
  }
})

test.each([
  [{ url: 'http://a.b' }, "clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme"],
  [{ url: 'https://u:p@a.b/' }, 'user information is not permitted in the URL'],
  [{}, 'clientConfig: Required value: exactly one of url or service is required'],
  [{ service: { name: '', namespace: 'a' } }, 'clientConfig.service.name: Required value'],
  [{ url: 'https://a.b', caBundle: 'eA==' }, 'unable to load root certificates'],
])('%j is no webhook', async (clientConfig, message) => {
  await expect(t.api.create(CustomResourceDefinitions, '', definition(clientConfig), AS_TESTER)).rejects.toThrow(message)
})
