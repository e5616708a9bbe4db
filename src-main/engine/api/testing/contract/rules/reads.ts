import { expect } from 'vitest'
import type { KubeObject } from '../../../../../common/kube/object.ts'
import type { Json } from '../http.ts'
import { noted, MERGE, NAMESPACE, type Rule, type Subject } from '../subject.ts'

interface List {
  kind: string
  apiVersion: string
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number }
  items: KubeObject[]
}

const THREE = ['a', 'b', 'c']
const META = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const META_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1'

async function withThree(s: Subject, check: (objects: KubeObject[]) => Promise<void>): Promise<void> {
  const objects = await Promise.all(THREE.map((which) => s.create(which)))
  await check(objects)
  await Promise.all(THREE.map((which) => s.erase(which)))
}

export const READS: readonly Rule[] = [
  {
    name: 'listed whole, by labels, by name and in pages that show one state',
    check: (s) => withThree(s, async (objects) => {
      const names = objects.map((object) => object.metadata.name).sort()
      const list = (query: string): Promise<List> => s.ok<List>('GET', `${s.path()}?${query}`)
      const namesIn = ({ items }: List): string[] => items.map((item) => item.metadata.name).sort()
      const mine = `labelSelector=rule%3D${s.word}`
      const all = await list(mine)
      expect(all).toMatchObject({ kind: `${s.kind.resource.kind}List`, apiVersion: s.apiVersion })
      expect(namesIn(all)).toEqual(names)
      expect(namesIn(await list(`${mine},which%20notin%20(a)`))).toEqual(names.filter((name) => name !== s.name('a')))
      expect(namesIn(await list(`fieldSelector=metadata.name%3D${s.name('b')}`))).toEqual([s.name('b')])
      if (s.kind.resource.namespaced) expect(namesIn(await list(`${mine}&fieldSelector=metadata.namespace!%3D${NAMESPACE}`))).toEqual([])
      await s.refused('GET', `${s.path()}?fieldSelector=speck%3D1`, {}, 400, 'BadRequest')
      await s.refused('GET', `${s.path()}?labelSelector=a%20b%20c`, {}, 400, 'BadRequest')
      const first = await list(`${mine}&limit=2`)
      expect(first.items).toHaveLength(2)
      // What comes between two pages is not on the second.
      await s.ok('PATCH', s.path(s.name('c')), { type: MERGE, body: noted('between') })
      const rest = await list(`${mine}&limit=2&continue=${encodeURIComponent(first.metadata.continue ?? '')}`)
      expect([...first.items, ...rest.items]).toEqual(all.items)
      expect([rest.metadata.resourceVersion, rest.metadata.continue]).toEqual([first.metadata.resourceVersion, undefined])
      await s.refused('GET', `${s.path()}?resourceVersion=999999999`, {}, 504, 'Timeout')
      const exact = await list(`${mine}&resourceVersion=${all.metadata.resourceVersion}&resourceVersionMatch=Exact`)
      expect(exact.items).toEqual(all.items)
    }),
  },
  {
    name: 'printed as a table by the columns of its kind',
    check: (s) => withThree(s, async () => {
      interface Table { kind: string; columnDefinitions: { name: string; description: string }[]; rows: { cells: unknown[]; object: Json }[] }
      const table = await s.ok<Table>('GET', `${s.path()}?labelSelector=rule%3D${s.word}`, { accept: TABLE })
      expect([table.kind, table.columnDefinitions.map((c) => c.name)]).toEqual(['Table', s.kind.columns.map((c) => c.name)])
      expect(table.rows).toHaveLength(THREE.length)
      const at = table.columnDefinitions.findIndex((c) => c.name === 'Name')
      for (const { cells, object } of table.rows) {
        expect(cells).toHaveLength(table.columnDefinitions.length)
        expect(cells.every((cell) => cell === null || ['string', 'number', 'boolean'].includes(typeof cell)), JSON.stringify(cells)).toBe(true)
        expect(object['kind']).toBe('PartialObjectMetadata')
        expect(cells[at]).toBe((object['metadata'] as { name: string }).name)
      }
      const one = await s.ok<Table>('GET', `${s.path(s.name('a'))}?includeObject=Object`, { accept: TABLE })
      expect(one.rows.map(({ object }) => object['kind'])).toEqual([s.kind.resource.kind])
    }),
  },
  {
    name: 'given as metadata only',
    check: (s) => withThree(s, async (objects) => {
      const list = await s.ok<List>('GET', `${s.path()}?labelSelector=rule%3D${s.word}`, { accept: META_LIST })
      expect([list.kind, list.apiVersion]).toEqual(['PartialObjectMetadataList', 'meta.k8s.io/v1'])
      const shown = objects.map(({ metadata }) => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }))
      expect(list.items).toEqual(expect.arrayContaining(shown))
      expect(await s.ok('GET', s.path(s.name('a')), { accept: META })).toEqual(shown[0])
    }),
  },
  {
    name: 'found in discovery and explained by OpenAPI, field by field',
    async check(s) {
      const { group, version, kind, plural } = s.kind.resource
      const base = group === '' ? `api/${version}` : `apis/${group}/${version}`
      const { resources } = await s.ok<{ resources: { name: string; kind: string; verbs: string[] }[] }>('GET', `/${base}`)
      expect(resources.find((r) => r.name === plural)).toMatchObject({ kind, verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] })
      expect(resources.some((r) => r.name === `${plural}/status`)).toBe(s.kind.hasStatus === true)
      interface Schema { 'description'?: string; 'properties'?: Record<string, { description?: string }>; 'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[] }
      const { components } = await s.ok<{ components: { schemas: Record<string, Schema> } }>('GET', `/openapi/v3/${base}`)
      const schema = Object.values(components.schemas).find((one) => one['x-kubernetes-group-version-kind']?.some((gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind))
      expect(schema?.description?.length).toBeGreaterThan(10)
      for (const field of ['apiVersion', 'kind', 'metadata', ...Object.keys(s.example.body(s.name()))]) expect(schema?.properties?.[field]?.description?.length, field).toBeGreaterThan(5)
    },
  },
]
