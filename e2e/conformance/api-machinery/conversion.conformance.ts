import { expect } from 'vitest'
import type { KubeObject } from '../../../src-main/common/kube/object.ts'
import { eventually } from '../../harness/containers.ts'
import type { WatchEvent } from '../framework/cluster-client.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { deployConverter, VERSIONS } from './converter.ts'
import { define, type Defined } from './custom-definitions.ts'

interface Custom extends KubeObject {
  hostPort?: string
  host?: string
  port?: string
}

async function convertedKind(f: Framework): Promise<Defined> {
  return define(f, { versions: VERSIONS, spec: { conversion: await deployConverter(f) } })
}

const make = (f: Framework, { group, kind, objects }: Defined, version: string, name: string, content: object): Promise<Custom> =>
  f.client.create(objects(version, undefined, f.namespace), { apiVersion: `${group}/${version}`, kind, metadata: { name }, ...content })
const listed = async (f: Framework, { objects }: Defined, version: string, query: Record<string, string> = {}): Promise<Custom[]> => (await f.client.get<{ items: Custom[] }>(objects(version, undefined, f.namespace), query)).items

conformance('[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert from CR v1 to CR v2', async (f) => {
  const defined = await convertedKind(f)
  await make(f, defined, 'v1', 'cr-instance-1', { hostPort: 'localhost:8080' })
  const second = await eventually('the webhook is reached', () => f.client.get<Custom>(defined.objects('v2', 'cr-instance-1', f.namespace)))
  expect(second).toMatchObject({ apiVersion: `${defined.group}/v2`, host: 'localhost', port: '8080' })
  expect(second.hostPort).toBeUndefined()
})

conformance('[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert a non homogeneous list of CRs', async (f) => {
  const defined = await convertedKind(f)
  await make(f, defined, 'v1', 'cr-instance-1', { hostPort: 'localhost:8080' })
  expect(await eventually('the webhook is reached', () => f.client.get<Custom>(defined.objects('v2', 'cr-instance-1', f.namespace)))).toMatchObject({ host: 'localhost', port: '8080' })
  await f.client.patch(defined.path, 'json', [{ op: 'replace', path: '/spec/versions/0/storage', value: false }, { op: 'replace', path: '/spec/versions/1/storage', value: true }])
  await make(f, defined, 'v2', 'cr-instance-2', { host: 'localhost', port: '8080' })
  expect((await listed(f, defined, 'v1')).map(({ hostPort, host }) => [hostPort, host])).toEqual([['localhost:8080', undefined], ['localhost:8080', undefined]])
  expect((await listed(f, defined, 'v2')).map(({ hostPort, host, port }) => [hostPort, host, port])).toEqual([[undefined, 'localhost', '8080'], [undefined, 'localhost', '8080']])
})

conformance('[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector', async (f) => {
  const defined = await convertedKind(f)
  const versionOf = async (version: string): Promise<string> => (await f.client.get<{ metadata: { resourceVersion: string } }>(defined.objects(version, undefined, f.namespace))).metadata.resourceVersion
  const resourceVersion = await versionOf('v1')
  const watches = ([['v1', 'hostPort=host1:80'], ['v2', 'host=host1'], ['v2', 'host=host1,port=80']] as const).map(([version, fieldSelector]) =>
    f.client.watch<Custom>(defined.objects(version, undefined, f.namespace), { resourceVersion, fieldSelector }))
  for (const [name, hostPort] of [['one', 'host1:80'], ['two', 'host1:8080'], ['three', 'host2:80']] as const) await make(f, defined, 'v1', name, { hostPort })
  const names = async (version: string, fieldSelector: string): Promise<string[]> => (await listed(f, defined, version, { fieldSelector })).map(({ metadata: { name } }) => name).sort()
  expect(await names('v1', 'hostPort=host1:80')).toEqual(['one'])
  expect(await names('v1', 'hostPort!=host1:80')).toEqual(['three', 'two'])
  expect(await names('v2', 'host=host1')).toEqual(['one', 'two'])
  expect(await names('v2', 'host=host1,port=80')).toEqual(['one'])
  expect((await f.client.ask('GET', defined.objects('v2', undefined, f.namespace), { query: { fieldSelector: 'hostPort=host1:80' } })).code).toBe(400)

  // One goes, of those that the newer version selects; another leaves all of them.
  await f.client.delete(defined.objects('v2', undefined, f.namespace), { gracePeriodSeconds: 0 }, { fieldSelector: 'host=host1,port=80' })
  await f.client.patch(defined.objects('v2', 'two', f.namespace), 'merge', { host: 'host2' })
  expect(await names('v2', 'host=host1')).toEqual([])
  expect(await names('v2', 'host=host2')).toEqual(['three', 'two'])
  const seen = async (i: number, count: number): Promise<string[]> => {
    const all: string[] = []
    while (all.length < count) {
      const { type, object } = (await watches[i]?.next())?.value as WatchEvent<Custom>
      all.push(`${type} ${object.metadata.name} ${object.hostPort ?? `${object.host ?? ''} ${object.port ?? ''}`}`)
    }
    await watches[i]?.return(undefined)
    return all
  }
  expect(await seen(0, 2)).toEqual(['ADDED one host1:80', 'DELETED one host1:80'])
  expect(await seen(1, 4)).toEqual(['ADDED one host1 80', 'ADDED two host1 8080', 'DELETED one host1 80', 'DELETED two host1 8080'])
  expect(await seen(2, 2)).toEqual(['ADDED one host1 80', 'DELETED one host1 80'])
})
