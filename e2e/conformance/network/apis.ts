import { expect } from 'vitest'
import { Refused } from '../framework/cluster-client.ts'
import { watchUntil, type Framework } from '../framework/conformance.ts'

interface Thing { kind: string; metadata: { name: string; namespace?: string; uid: string; resourceVersion: string; annotations?: Record<string, string> } }
interface List { metadata: { resourceVersion: string }; items: Thing[] }

/** A kind that every client may use. `path`: of its list, where the test makes its objects; `everywhere`: of all namespaces' list. */
export interface Served {
  readonly groupVersion: string
  readonly resource: string
  readonly path: string
  readonly everywhere?: string
  /** The n-th object to make, with these labels. */
  readonly draft: (labels: Record<string, string>, n: number) => object
}

/** What upstream's tests of an API's operations do with each: discovery, create, get, list, watch, patch, update, and at the end `rest`, delete and deletecollection. */
export async function supportsOperations(f: Framework, { groupVersion, resource, path, everywhere, draft }: Served, rest: (one: Thing) => Promise<void> = () => Promise.resolve()): Promise<void> {
  const { client } = f
  await isDiscovered(f, groupVersion, resource)
  const labels = { 'special-label': f.unique('e2e') }
  const labelSelector = `special-label=${labels['special-label']}`
  await client.create<Thing>(path, draft(labels, 1))
  await client.create<Thing>(path, draft(labels, 2))
  const made = await client.create<Thing>(path, draft(labels, 3))
  const own = `${path}/${made.metadata.name}`
  expect((await client.get<Thing>(own)).metadata.uid).toBe(made.metadata.uid)
  const list = await client.get<List>(path, { labelSelector })
  expect(list.items).toHaveLength(3)
  if (everywhere !== undefined) expect((await client.get<List>(everywhere, { labelSelector })).items).toHaveLength(3)

  const patched = await client.patch<Thing>(own, 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations).toMatchObject({ patched: 'true' })
  const updated = await unlessChanged(async () => {
    const read = await client.get<Thing>(own)
    return client.replace<Thing>(own, { ...read, metadata: { ...read.metadata, annotations: { ...read.metadata.annotations, updated: 'true' } } })
  })
  expect(updated.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' })
  for (const watched of [path, ...(everywhere === undefined ? [] : [everywhere])]) {
    await watchUntil<Thing>(f, watched, { labelSelector, resourceVersion: list.metadata.resourceVersion }, ({ type, object }) => {
      expect(type).toBe('MODIFIED')
      return object.metadata.annotations?.['updated'] === 'true'
    }, 'both annotations')
  }

  await rest(made)
  await client.delete(own)
  expect((await client.ask('GET', own)).code).toBe(404)
  expect((await client.get<List>(path, { labelSelector })).items).toHaveLength(2)
  await client.delete(path, undefined, { labelSelector })
  expect((await client.get<List>(path, { labelSelector })).items).toEqual([])
}

/** Reads and writes again where somebody else wrote in between, a few times, as upstream's clients do. */
export async function unlessChanged<T>(readAndWrite: () => Promise<T>, tries = 5): Promise<T> {
  try {
    return await readAndWrite()
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== 409 || tries <= 1) throw error
    return unlessChanged(readAndWrite, tries - 1)
  }
}

async function isDiscovered({ client }: Framework, groupVersion: string, resource: string): Promise<void> {
  const [group = '', version = ''] = groupVersion.split('/')
  const { groups } = await client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')
  expect(groups.find(({ name }) => name === group)?.versions).toContainEqual(expect.objectContaining({ version }))
  expect((await client.get<{ versions: { version: string }[] }>(`/apis/${group}`)).versions).toContainEqual(expect.objectContaining({ version }))
  expect((await client.get<{ resources: { name: string }[] }>(`/apis/${groupVersion}`)).resources).toContainEqual(expect.objectContaining({ name: resource }))
}
