import { expect } from 'vitest'
import type { ConfigMap } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { WatchEvent } from '../framework/cluster-client.ts'
import { conformance, type Framework } from '../framework/conformance.ts'

const LABEL = 'watch-this-configmap'
const QUIET_S = 5

const mapOf = (name: string, label?: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(label === undefined ? {} : { labels: { [LABEL]: label } }) } })
const create = (f: Framework, name: string, label?: string): Promise<ConfigMap> => f.client.create(f.core('configmaps'), mapOf(name, label))
const mutate = (f: Framework, name: string, mutation: number): Promise<ConfigMap> => f.client.patch(f.core('configmaps', name), 'merge', { data: { mutation: String(mutation) } })
const relabel = (f: Framework, name: string, label: string): Promise<ConfigMap> => f.client.patch(f.core('configmaps', name), 'merge', { metadata: { labels: { [LABEL]: label } } })
const remove = (f: Framework, name: string): Promise<unknown> => f.client.delete(f.core('configmaps', name))

/** What a watch shows, one by one, as soon as it has begun. */
class Watching {
  readonly #events: AsyncGenerator<WatchEvent<ConfigMap>, void, undefined>

  constructor(f: Framework, query: Record<string, string>, seconds = 60) {
    this.#events = f.client.watch<ConfigMap>(f.core('configmaps'), { ...query, timeoutSeconds: String(seconds) })
  }

  /** The next `count` events: `ADDED name mutation`. */
  async next(count: number): Promise<string[]> {
    const seen: string[] = []
    while (seen.length < count) {
      const { value, done } = await this.#events.next()
      if (done === true) throw new Error(`the watch ended after ${JSON.stringify(seen)}`)
      if (value.type !== 'BOOKMARK') seen.push(`${value.type} ${value.object.metadata.name} ${value.object.data?.['mutation'] ?? '-'}`)
    }
    return seen
  }

  /** All until the watch's time is over. */
  async rest(): Promise<string[]> {
    const seen: string[] = []
    for await (const { type, object } of this.#events) if (type !== 'BOOKMARK') seen.push(`${type} ${object.metadata.name}`)
    return seen
  }

  async end(): Promise<void> {
    await this.#events.return()
  }
}

const versionNow = async (f: Framework): Promise<string> => (await f.client.get<{ metadata: { resourceVersion: string } }>(f.core('configmaps'))).metadata.resourceVersion

conformance('[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps', async (f) => {
  const resourceVersion = await versionNow(f)
  const watching = (selector: string): Watching => new Watching(f, { resourceVersion, labelSelector: selector })
  const [a, b, ab] = [watching(`${LABEL}=multiple-watchers-A`), watching(`${LABEL}=multiple-watchers-B`), watching(`${LABEL} in (multiple-watchers-A,multiple-watchers-B)`)]
  await create(f, 'e2e-watch-test-configmap-a', 'multiple-watchers-A')
  await mutate(f, 'e2e-watch-test-configmap-a', 1)
  await mutate(f, 'e2e-watch-test-configmap-a', 2)
  await remove(f, 'e2e-watch-test-configmap-a')
  const ofA = ['ADDED e2e-watch-test-configmap-a -', 'MODIFIED e2e-watch-test-configmap-a 1', 'MODIFIED e2e-watch-test-configmap-a 2', 'DELETED e2e-watch-test-configmap-a 2']
  expect(await a.next(4)).toEqual(ofA)
  expect(await ab.next(4)).toEqual(ofA)
  await create(f, 'e2e-watch-test-configmap-b', 'multiple-watchers-B')
  await remove(f, 'e2e-watch-test-configmap-b')
  const ofB = ['ADDED e2e-watch-test-configmap-b -', 'DELETED e2e-watch-test-configmap-b -']
  // Its first: it saw nothing of the other.
  expect(await b.next(2)).toEqual(ofB)
  expect(await ab.next(2)).toEqual(ofB)
  expect(await new Watching(f, { resourceVersion, labelSelector: `${LABEL}=multiple-watchers-A` }, QUIET_S).rest()).toHaveLength(4)
  await Promise.all([a, b, ab].map((one) => one.end()))
})

conformance('[sig-api-machinery] Watchers should be able to start watching from a specific resource version', async (f) => {
  const name = 'e2e-watch-test-resource-version'
  await create(f, name, 'from-resource-version')
  const { metadata: { resourceVersion } } = await mutate(f, name, 1)
  await mutate(f, name, 2)
  await remove(f, name)
  const watching = new Watching(f, { resourceVersion, labelSelector: `${LABEL}=from-resource-version` })
  expect(await watching.next(2)).toEqual([`MODIFIED ${name} 2`, `DELETED ${name} 2`])
  await watching.end()
})

conformance('[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch', async (f) => {
  const name = 'e2e-watch-test-watch-closed'
  const selector = { labelSelector: `${LABEL}=watch-closed-and-restarted` }
  const events = f.client.watch<ConfigMap>(f.core('configmaps'), { ...selector, resourceVersion: await versionNow(f) })
  await create(f, name, 'watch-closed-and-restarted')
  await mutate(f, name, 1)
  expect((await events.next()).value).toMatchObject({ type: 'ADDED' })
  const last = (await events.next()).value as WatchEvent<ConfigMap>
  expect(last.type).toBe('MODIFIED')
  await events.return()
  await mutate(f, name, 2)
  const again = new Watching(f, { ...selector, resourceVersion: last.object.metadata.resourceVersion })
  await remove(f, name)
  expect(await again.next(2)).toEqual([`MODIFIED ${name} 2`, `DELETED ${name} 2`])
  await again.end()
})

conformance('[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector', async (f) => {
  const name = 'e2e-watch-test-label-changed'
  const value = 'label-changed-and-restored'
  const resourceVersion = await versionNow(f)
  const watching = new Watching(f, { resourceVersion, labelSelector: `${LABEL}=${value}` })
  await create(f, name, value)
  await mutate(f, name, 1)
  await relabel(f, name, 'wrong-value')
  expect(await watching.next(3)).toEqual([`ADDED ${name} -`, `MODIFIED ${name} 1`, `DELETED ${name} 1`])
  await mutate(f, name, 2)
  expect(await new Watching(f, { resourceVersion, labelSelector: `${LABEL}=${value}` }, QUIET_S).rest()).toHaveLength(3)
  await relabel(f, name, value)
  await mutate(f, name, 3)
  await remove(f, name)
  expect(await watching.next(3)).toEqual([`ADDED ${name} 2`, `MODIFIED ${name} 3`, `DELETED ${name} 3`])
  await watching.end()
})

const ITERATIONS = 100

conformance('[sig-api-machinery] Watchers should receive events on concurrent watches in same order', async (f) => {
  const start = await versionNow(f)
  const producing = (async () => {
    const alive: string[] = []
    for (let i = 0; i < ITERATIONS; i++) {
      const what = alive.length === 0 ? 0 : Math.floor(Math.random() * 3)
      const name = alive[Math.floor(Math.random() * alive.length)] ?? `cm-${String(i)}`
      if (what === 0) {
        await create(f, `cm-${String(i)}`)
        alive.push(`cm-${String(i)}`)
      } else if (what === 1) await mutate(f, name, i)
      else {
        await remove(f, name)
        alive.splice(alive.indexOf(name), 1)
      }
    }
  })()
  const first = f.client.watch<ConfigMap>(f.core('configmaps'), { resourceVersion: start })
  const order: string[] = []
  const from: string[] = [start]
  for (let i = 0; i < ITERATIONS; i++) {
    const { value } = await first.next() as IteratorResult<WatchEvent<ConfigMap>, undefined>
    order.push(value?.object.metadata.resourceVersion ?? '')
    if (i % 20 === 0) from.push(order.at(-1) ?? '')
  }
  await producing
  await first.return()
  expect(order.map(Number)).toEqual([...order].map(Number).sort((a, b) => a - b))
  await Promise.all(from.map(async (resourceVersion) => {
    const events = f.client.watch<ConfigMap>(f.core('configmaps'), { resourceVersion })
    const expected = order.slice(order.indexOf(resourceVersion) + 1)
    const seen: string[] = []
    while (seen.length < expected.length) seen.push(((await events.next()).value as WatchEvent<ConfigMap>).object.metadata.resourceVersion)
    await events.return()
    expect(seen).toEqual(expected)
  }))
})
