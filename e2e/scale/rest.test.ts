import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { expect, test } from 'vitest'
import { Nodes } from '../../src-main/common/kube/kinds.ts'
import type { Resource } from '../../src-main/common/kube/resource.ts'
import type { UsageSource } from '../../src-main/common/kube/usage.ts'
import { AS_TESTER } from '../../src-main/engine/api/testing/test-api.ts'
import type { Change, Store } from '../../src-main/engine/store/store.ts'
import { awkwardObjects, NAMESPACES } from './awkward.ts'
import { fastClock } from './fast-clock.ts'
import { SimulatedCluster } from './simulated-cluster.ts'

// A cluster with every kind in it, as people mean them and as they get them wrong: once all has come to rest, nothing is written any more.
const FACTOR = 20
/** Of the cluster's own clock: many periods of whatever looks again by itself. */
const QUIET_S = 120
/** Of this machine's clock. */
const LIMIT_S = 90
const USED = { cpuMilli: 7, memoryBytes: 2 ** 20 }

const templates = join(import.meta.dirname, '../../resources/templates')

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
}

function templateObjects(): Manifest[] {
  return readdirSync(templates).flatMap((file) => parseAllDocuments(readFileSync(join(templates, file), 'utf8')).map((document) => document.toJS() as Manifest))
}

/** Resolves when nothing was written for so long; rejects with what was written in the end. */
function quiet(store: Store, forMs: number, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let recent: string[] = []
    const over = (end: () => void): void => {
      clearTimeout(calm)
      clearTimeout(limit)
      stop()
      end()
    }
    const later = (): NodeJS.Timeout => setTimeout(() => over(resolve), forMs)
    let calm = later()
    const limit = setTimeout(() => over(() => reject(new Error(`still written to: ${recent.join('\n')}`))), limitMs)
    const stop = store.watch('/', store.revision, (changes) => {
      clearTimeout(calm)
      calm = later()
      recent = [...recent, ...changes.map(words)].slice(-30)
    })
  })
}

const words = ({ key, type, entry: { value } }: Change): string => `${type} ${key} ${JSON.stringify(value['message'] ?? value['status'] ?? '').slice(0, 300)}`

test('every kind, well and badly meant: at rest nothing is written', async () => {
  const clock = fastClock(FACTOR)
  const usage: UsageSource = { pod: () => ({ ...USED, time: clock.now(), windowMs: 30_000, containers: { main: USED } }), node: () => undefined, watch: () => () => undefined }
  const cluster = await SimulatedCluster.start({ nodes: 3, clock, nodeGraceMs: 600_000, usage: () => usage, behaviours: { 'fails:1': { runMs: 100, exitCode: 1 }, 'ends:1': { runMs: 100, exitCode: 0 } } })
  try {
    const resources = cluster.api.registry.all().map((kind) => kind.resource)
    const resourceOf = ({ apiVersion, kind }: Manifest): Resource => {
      const found = resources.find((r) => r.kind === kind && [r.group, r.version].filter((part) => part !== '').join('/') === apiVersion)
      if (found === undefined) throw new Error(`${apiVersion} ${kind} is not served`)
      return found
    }
    const [first = '', second = ''] = cluster.nodes
    const objects = [...NAMESPACES, ...templateObjects(), ...awkwardObjects([first, second])] as Manifest[]
    for (const object of objects) {
      const resource = resourceOf(object)
      await cluster.api.create(resource, resource.namespaced ? object.metadata.namespace ?? 'default' : '', object, AS_TESTER)
    }
    await cluster.api.patch(Nodes, '', second, 'application/merge-patch+json', { spec: { taints: [{ key: 'team', value: 'b', effect: 'NoExecute' }] } }, 'main', AS_TESTER)
    await quiet(cluster.store, (QUIET_S * 1000) / FACTOR, LIMIT_S * 1000)
    expect(cluster.errors).toEqual([])
  } finally {
    await cluster.stop()
  }
}, 150_000)
