import { expect } from 'vitest'
import type { KubeObject } from '../../../src-main/common/kube/object.ts'
import type { Framework } from '../framework/conformance.ts'

export interface Operations {
  /** `flowcontrol.apiserver.k8s.io/v1`. */
  readonly groupVersion: string
  readonly resource: string
  /** The path of the collection. */
  readonly collection: string
  /** An object of the kind: its name ends in a number. */
  object(i: number, labels: Record<string, string>): object
  /** What else the kind can; gets the path of one of its objects. */
  more?(path: string): Promise<void>
}

interface List {
  metadata: { resourceVersion: string }
  items: KubeObject[]
}

/** What every kind can: it is found in discovery; its objects are created, got, listed, watched, patched, replaced, deleted by name and together. */
export async function canAllOperations(f: Framework, { groupVersion, resource, collection, object, more }: Operations): Promise<void> {
  const [group = '', version = ''] = groupVersion.split('/')
  const { groups } = await f.client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')
  expect(groups.find(({ name }) => name === group)?.versions.map((one) => one.version)).toContain(version)
  expect((await f.client.get<{ versions: { version: string }[] }>(`/apis/${group}`)).versions.map((one) => one.version)).toContain(version)
  expect((await f.client.get<{ resources: { name: string }[] }>(`/apis/${groupVersion}`)).resources.map(({ name }) => name)).toContain(resource)

  const label = f.unique('e2e')
  const labels = { 'e2e-test': label }
  const selector = { labelSelector: `e2e-test=${label}` }
  f.after(() => f.client.delete(collection, undefined, selector))
  const names: string[] = []
  for (const i of [1, 2, 3]) names.push((await f.client.create<KubeObject>(collection, object(i, labels))).metadata.name)
  const [first = ''] = names
  const path = `${collection}/${first}`
  expect((await f.client.get<KubeObject>(path)).metadata.name).toBe(first)
  const { items, metadata: { resourceVersion } } = await f.client.get<List>(collection, selector)
  expect(items.map(({ metadata: { name } }) => name).sort()).toEqual([...names].sort())

  const events = f.client.watch<KubeObject>(collection, { ...selector, resourceVersion })
  const patched = await f.client.patch<KubeObject>(path, 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations).toMatchObject({ patched: 'true' })
  const updated = await f.client.replace<KubeObject>(path, { ...patched, metadata: { ...patched.metadata, annotations: { ...patched.metadata.annotations, updated: 'true' } } })
  expect(updated.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' })
  for (const annotation of ['patched', 'updated']) {
    const { value } = await events.next()
    expect(value).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: first, annotations: { [annotation]: 'true' } } } })
  }
  await events.return()

  await more?.(path)

  await f.client.delete(path)
  const left = await f.client.ask<KubeObject>('GET', path)
  expect(left.code === 404 || left.body.metadata.deletionTimestamp !== undefined).toBe(true)
  expect((await f.client.get<List>(collection, selector)).items).toHaveLength(2)
  await f.client.delete(collection, undefined, selector)
  expect((await f.client.get<List>(collection, selector)).items).toEqual([])
}

/** A condition as a test writes it. */
export const condition = (type: string, reason: string): object => ({ type, status: 'False', reason, message: `Set from an e2e test: ${reason}`, lastTransitionTime: '2026-01-01T00:00:00Z' })
