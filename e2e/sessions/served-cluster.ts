import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src-main/common/clock.ts'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import type { NodeAccess } from '../../src-main/common/kube/node-access.ts'
import type { UsageSource } from '../../src-main/common/kube/usage.ts'
import { ApiServer } from '../../src-main/engine/api/api-server.ts'
import { fakeNode } from '../../src-main/engine/api/streaming/testing/fake-node.ts'
import { streamUpgrades } from '../../src-main/engine/api/streaming/upgrade-handler.ts'
import type { Lister } from '../../src-main/engine/client/informer.ts'
import type { Behaviour } from '../../src-main/engine/runtime/simulated/simulated-containers.ts'
import { SimulatedCluster } from '../scale/simulated-cluster.ts'

/** What the programs in simulated containers do, by image. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'busybox': { runMs: 50, exitCode: 0, output: ['one', 'two', 'three'] },
  'fails': { runMs: 50, exitCode: 1, output: ['it failed'] },
  'talks': { output: ['hello', 'world'] },
  'restarts': { runMs: 300, exitCode: 1, output: ['a run'] },
}
const USED = { cpuMilli: 250, memoryBytes: 64 * 2 ** 20 }
const GRACE_MS = 600_000

/**
 * A whole cluster behind a real HTTPS port, for programs that know only Kubernetes: store, API, controllers, scheduler and node agents are the
 * real ones, containers are simulated. Every port of every pod leads to one real HTTP server, so probes succeed and forwarded ports answer;
 * exec and attach end at programs that are known by their command (`fakeNode`).
 */
export class ServedCluster {
  readonly cluster: SimulatedCluster
  readonly server: ApiServer
  /** A folder of its own: credentials are in `pki/`; what tests write goes here too. */
  readonly dir: string
  readonly #pages: Server

  private constructor(cluster: SimulatedCluster, server: ApiServer, dir: string, pages: Server) {
    this.cluster = cluster
    this.server = server
    this.dir = dir
    this.#pages = pages
  }

  static async start(nodes: number): Promise<ServedCluster> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-sessions-'))
    const pages = createServer((request, response) => response.end(`you asked for ${request.url ?? ''}\n`))
    pages.listen(0, '127.0.0.1')
    await once(pages, 'listening')
    const { port } = pages.address() as AddressInfo
    const dial = async (): Promise<ReturnType<typeof connect>> => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }
    const cluster = await SimulatedCluster.start({ nodes, clock: systemClock, nodeGraceMs: GRACE_MS, behaviours: BEHAVIOURS, dial, usage: steadyUsage })
    const server = await ApiServer.start({ api: cluster.api, dataDir: dir, port: 0, nodes: cluster.access, upgrade: streamUpgrades(withPrograms(cluster.access)) })
    return new ServedCluster(cluster, server, dir, pages)
  }

  async stop(): Promise<void> {
    await this.server.stop()
    await this.cluster.stop()
    this.#pages.closeAllConnections()
    this.#pages.close()
    await rm(this.dir, { recursive: true, force: true })
  }
}

function withPrograms(access: NodeAccess): Pick<NodeAccess, 'exec' | 'attach' | 'logs' | 'portForward'> {
  const { nodes: { exec, attach } } = fakeNode()
  return { exec, attach, logs: (target, options, signal) => access.logs(target, options, signal), portForward: (namespace, pod, port) => access.portForward(namespace, pod, port) }
}

/** Every container and node uses the same, always. */
function steadyUsage(pods: Lister<Pod>): UsageSource {
  const now = (): typeof USED & { time: number; windowMs: number } => ({ ...USED, time: Date.now(), windowMs: 15_000 })
  const containersOf = (uid: string): string[] => pods.list().find((p) => p.metadata.uid === uid)?.spec.containers.map((c) => c.name) ?? []
  return { pod: (uid) => ({ ...now(), containers: Object.fromEntries(containersOf(uid).map((name) => [name, USED])) }), node: () => now(), watch: () => () => undefined }
}
