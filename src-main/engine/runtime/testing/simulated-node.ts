import { afterEach, beforeEach, expect } from 'vitest'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { startNodeAgent } from '../node/node-agent.ts'
import type { NodeAgent } from '../node/node-agent.ts'
import { simulatedRuntime } from '../simulated/simulated-runtime.ts'

/** A node `n` on the simulated runtime, with its agent and an API in memory. Nothing happens but by its clock. */
export class SimulatedNode {
  readonly clock = new FakeClock()
  readonly client = new MemoryClient(this.clock)
  readonly node = simulatedRuntime({
    clusterId: 'c', clock: this.clock, hostname: 'h', cpus: 2, memoryBytes: 2 ** 30,
    behaviours: { crashes: { runMs: 1000, exitCode: 3 }, stumbles: { runMs: 1, exitCode: 1 }, once: { runMs: 1000 }, slow: { stopMs: 500 } },
  })
  /** What the agent could not handle. */
  readonly errors: unknown[] = []
  /** Warnings, as `reason: message`. */
  readonly told: string[] = []
  /** Updates of statuses until now. */
  writes = 0
  informers!: SharedInformers
  agent!: NodeAgent

  private constructor() {
    this.client.intercept = (verb) => void (verb === 'updateStatus' && this.writes++)
  }

  static async start(): Promise<SimulatedNode> {
    const made = new SimulatedNode()
    await made.begin()
    return made
  }

  /** An engine begins, the first one or after `end`. */
  async begin(remote = false): Promise<void> {
    const { client, clock, node } = this
    const onError = (error: unknown): void => void this.errors.push(error)
    this.informers = new SharedInformers({ client, clock, onError })
    this.agent = startNodeAgent({
      client, informers: this.informers, clock, onError, nodeName: 'n', clusterId: 'c', place: () => Promise.resolve({ address: '10.0.0.1', networks: [] }), runtime: node,
      host: { description: 'simulated', docker: {} as never, dial: () => Promise.reject(new Error('no network')), another: () => { throw new Error('no network') }, close: () => Promise.resolve() },
      recorder: { event: (_, type, reason, message) => void (type === 'Warning' && this.told.push(`${reason}: ${message}`)) }, remote,
    })
    await clock.advance(100)
  }

  async end(): Promise<void> {
    await Promise.all([this.agent.stop(), this.informers.stop(), this.clock.advance(10)])
  }

  /** A pod with a container `app` of an image, which says how it behaves. */
  create(name: string, image: string, restartPolicy = 'Always'): Promise<Frozen<Pod>> {
    return this.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', restartPolicy, containers: [{ name: 'app', image }] } })
  }

  pod(name: string): Promise<Frozen<Pod>> {
    return this.client.get(Pods, 'default', name)
  }

  /** The ID of a pod's container `app`. */
  async container(name: string): Promise<string> {
    const uid = (await this.pod(name)).metadata.uid
    return (await this.node.containers.list()).find((c) => c.labels[DockerLabel.podUid] === uid && c.labels[DockerLabel.role] === 'app')?.id ?? ''
  }
}

/** Each test of a file has a node of its own, and leaves nothing behind that the agent could not handle. `use` is given it before each. */
export function onSimulatedNode(use: (node: SimulatedNode) => void): void {
  let made: SimulatedNode
  beforeEach(async () => use(made = await SimulatedNode.start()))
  afterEach(async () => {
    await made.end()
    expect(made.errors).toEqual([])
  })
}
