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

/** A node's agent says every 10 s that it is there, and every 5 minutes how it is; nothing else may. */
const LEASE = /^\/coordination\.k8s\.io\/leases\/kube-node-lease\//

function isHeartbeat({ key, entry, previous }: Change): boolean {
  const timeless = (value: unknown): string => JSON.stringify(value, (name, v: unknown) => (['lastHeartbeatTime', 'resourceVersion', 'managedFields'].includes(name) ? undefined : v))
  return LEASE.test(key) || (key.startsWith('//nodes/') && timeless(entry.value) === timeless(previous?.value))
}

/** What goes on for ever (a probe that fails, a pod that is refused) is counted on the Event that is there, ever more rarely. */
function isCountUp({ key, previous }: Change): boolean {
  return key.startsWith('//events/') && previous !== undefined
}

/** Resolves, with the number of Events that were counted up, each once, when nothing else was written for so long; rejects with what was written in the end. */
function quiet(store: Store, forMs: number, limitMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let recent: string[] = []
    const counted = new Set<string>()
    const over = (end: () => void): void => {
      clearTimeout(calm)
      clearTimeout(limit)
      stop()
      end()
    }
    const later = (): NodeJS.Timeout => setTimeout(() => over(() => resolve(counted.size)), forMs)
    let calm = later()
    const limit = setTimeout(() => over(() => reject(new Error(`still written to: ${recent.join('\n')}`))), limitMs)
    const stop = store.watch('/', store.revision, (all) => {
      const changes = all.filter((change) => !isHeartbeat(change) && (!isCountUp(change) || counted.has(change.key)))
      for (const change of all) if (isCountUp(change)) counted.add(change.key)
      if (changes.length === 0) return
      clearTimeout(calm)
      calm = later()
      counted.clear()
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
    const counted = await quiet(cluster.store, (QUIET_S * 1000) / FACTOR, LIMIT_S * 1000)
    console.log(`${String(objects.length)} objects of ${String(new Set(objects.map((o) => o.kind)).size)} kinds: ${String(QUIET_S)} s without a write, but for ${String(counted)} Events counted up`)
    // Refused by a quota, or for an account that is not there, again and again, half a minute apart in the end; nothing else went wrong.
    const unexpected = cluster.errors.filter((error) => !/^(narrow\/refused|awkward\/no-account)/.test((error as { key?: string }).key ?? ''))
    expect(unexpected.map((error) => `${(error as { key?: string }).key ?? ''} ${String((error as { error?: unknown }).error ?? error)}`)).toEqual([])
  } finally {
    await cluster.stop()
  }
}, 150_000)
