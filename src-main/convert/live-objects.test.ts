import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComposeModel } from '../common/compose/forms/file.ts'
import { readCompose } from '../common/compose/read.ts'
import { pathText } from '../common/compose/schema/words.ts'
import { composeModels } from '../common/compose/testing/arbitrary.ts'
import type { TestApi } from '../engine/api/testing/test-api.ts'
import { startTestApi } from '../engine/api/testing/test-api.ts'
import type { ReportLine } from './report.ts'
import { leavesOf, valueAt } from './report.ts'
import { COMPOSE_FILES, expectComplete, MANIFEST_SETS, meantByName } from './testing/fixtures.ts'
import { InCluster } from './testing/in-cluster.ts'
import { broken } from './testing/same.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import { meant } from './to-compose/meant.ts'
import type { Manifest } from './to-kubernetes/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

// What an API server adds to an object must not make another Compose file of it: the same objects are converted as they were written and as they are kept.

let test_: TestApi
let cluster: InCluster

beforeAll(async () => {
  test_ = await startTestApi()
  cluster = new InCluster(test_.api)
})
afterAll(() => test_.close())

/** What the kept objects say more than the written ones: defaults that mean something else to Docker where nothing is said, and what the cluster gave out. */
const SAID_BY_THE_SERVER: readonly (readonly [field: RegExp, value: (value: unknown) => boolean])[] = [
  [/\.stop_grace_period$/, (value) => value === 30_000_000_000],
  [/\.deploy\.replicas$/, (value) => value === 1],
  [/\.deploy\.restart_policy\.max_attempts$/, (value) => value === 6],
  [/\.deploy\.update_config\.(parallelism|order)$/, (value) => value === 1 || value === 'stop-first'],
  [/\.ports\[\d+\]\.published$/, (value) => typeof value === 'number' && value >= 30_000 && value <= 32_767],
  [/\.deploy\.labels\["?toque\.autoscale\.min"?\]$/, (value) => value === '1'],
]

function differences(written: ComposeModel, kept: ComposeModel): string[] {
  const paths = new Map([...leavesOf(written), ...leavesOf(kept)].map((path) => [JSON.stringify(path), path]))
  return [...paths.values()].flatMap((path) => {
    const [from, to] = [valueAt(written, path), valueAt(kept, path)]
    const known = from === undefined && SAID_BY_THE_SERVER.some(([field, value]) => field.test(pathText(path)) && value(to))
    return known || isDeepStrictEqual(from, to) ? [] : [`${pathText(path)}: ${JSON.stringify(from)} became ${JSON.stringify(to)}`]
  })
}

/** An object without what is another one for each: identity, times, addresses, and others' notes. */
function specOf(object: Manifest): unknown {
  const { metadata: { name, labels, annotations, finalizers }, status: _, ...rest } = object as Manifest & { status?: unknown }
  const text = JSON.stringify({ name, labels, annotations, finalizers, ...rest }).replaceAll(object.metadata.uid ?? '', 'UID')
  const unbooked = text.replace(/"(deployment\.kubernetes\.io\/revision|kubectl\.kubernetes\.io\/(last-applied-configuration|restartedAt))":"[^"]*",?/g, '')
  return JSON.parse(unbooked.replace(/"(clusterIPs?)":(\["10\.[^\]]*"\]|"10\.[^"]*")/g, '"$1":"ADDRESS"').replace(/"nodePort":\d+/g, '"nodePort":0'))
}

async function throughTheApi(written: readonly Manifest[]): Promise<Manifest[]> {
  const namespace = await cluster.apply(written)
  const kept = await cluster.read(namespace, written)
  await cluster.freePorts(namespace)
  return kept
}

async function holds(written: readonly Manifest[], kept: readonly Manifest[]): Promise<ComposeModel> {
  const [before, after] = [kubernetesToCompose(written), kubernetesToCompose(kept)]
  expectComplete(meantByName(kept), after.report)
  expect(differences(before.model, after.model)).toEqual([])
  // Nobody is told that something is lost which nobody wrote: only of a group that is lost (a probe, a behaviour), a rolling update that says half, and a pod on its own, the rest is told, too.
  const lost = before.report.filter(({ verdict }) => verdict === 'lost').map(({ path }) => pathText(path.slice(0, -1)))
  const isNew = ({ path, field }: ReportLine): boolean => !/Probe\.|\.behavior\.|\.rollingUpdate\./.test(field) && !field.startsWith('Pod/') && !lost.some((group) => pathText(path).startsWith(group))
  expect(after.report.filter((line) => line.verdict === 'lost' && isNew(line)).map(({ field }) => field)).toEqual([])
  expect(readCompose(after.compose).problems).toEqual([])
  // What has no line is what a server fills in by itself: without it, it makes the same object.
  const again = await throughTheApi(kept.map(meant))
  expect(again.map(specOf)).toEqual(kept.map(specOf))
  return after.model
}

describe('what an API server keeps says in Compose what was written', () => {
  test.each(COMPOSE_FILES.map((text, i) => [i, text]))('file %i', async (_, text) => {
    const { model } = readCompose(text)
    if (model === undefined) throw new Error('no model')
    const there = composeToKubernetes(model)
    const back = await holds(there.objects, await throughTheApi(there.objects))
    expect(broken(model, back, there.report)).toEqual([])
  })

  test.each(MANIFEST_SETS.map((objects, i) => [i, objects] as const))('manifests %i', async (_, objects) => {
    const written = objects.filter((object) => cluster.takes(object))
    await holds(written, await throughTheApi(written))
  })

  test('over every key of Compose: the API takes what comes out, and what is the same comes back from it', async () => {
    await fc.assert(fc.asyncProperty(composeModels, async (model) => {
      const there = composeToKubernetes(model)
      const kept = await throughTheApi(there.objects)
      const back = kubernetesToCompose(kept)
      expect(broken(model, back.model, there.report)).toEqual([])
      expect(differences(kubernetesToCompose(there.objects).model, back.model)).toEqual([])
      expectComplete(meantByName(kept), back.report)
    }), { numRuns: 60 })
  })
})
