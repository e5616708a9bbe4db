import type { Clock } from '../../../common/clock.ts'
import type { ContainerSession } from '../../../common/kube/node-access.ts'
import type { NodeImage, NodeInfo, NodeRuntime, PodNetwork } from '../container-runtime.ts'
import { SANDBOX_PROGRAM } from '../sandbox-image/sandbox-image.ts'
import { SimulatedContainers } from './simulated-containers.ts'
import type { Behaviour } from './simulated-containers.ts'

async function* silence(): AsyncGenerator<Uint8Array> { /* nothing was said */ }

/** A program that did what it should, without a word. */
const done = (): ContainerSession => ({
  stdout: silence(), stderr: silence(), exit: Promise.resolve(0),
  writeStdin: () => Promise.resolve(), endStdin: () => undefined, resize: () => Promise.resolve(), destroy: () => undefined,
})

/** What a simulated node is. */
export interface SimulatedNode {
  clusterId: string
  clock: Clock
  hostname: string
  cpus: number
  memoryBytes: number
  /** How containers of an image behave; one that is not named starts at once and runs for ever. */
  behaviours?: Readonly<Record<string, Behaviour>>
}

/**
 * A node without Docker, for scale: thousands of pods in one process. Containers, restarts and events are as Docker's (one conformance suite runs on
 * both); there are no processes, so exec fails but for the sandbox's own tool, logs hold what a behaviour says and files are taken but kept nowhere.
 */
export function simulatedRuntime(node: SimulatedNode): NodeRuntime & { containers: SimulatedContainers } {
  const containers = new SimulatedContainers(node.clock, node.behaviours ?? {})
  let network: PodNetwork | undefined
  const volumes = new Set<string>()
  const image = (reference: string): NodeImage => ({ id: reference, digests: [], tags: [reference], user: '', sizeBytes: 0 })
  const nothing = (what: string): Promise<never> => Promise.reject(new Error(`a simulated container has no ${what}`))
  return {
    containers,
    images: {
      inspect: (reference) => Promise.resolve(image(reference)),
      pull: (reference) => Promise.resolve(image(reference)),
      list: () => Promise.resolve([]),
      follow: () => Promise.resolve(),
      ensureSandbox: () => Promise.resolve('toque.dev/sandbox:simulated'),
      remove: () => Promise.resolve(),
    },
    streams: {
      unpack: () => Promise.resolve(),
      readLink: () => Promise.resolve(undefined),
      stat: () => Promise.resolve(undefined),
      readFile: () => Promise.resolve({ content: new Uint8Array(), modifiedAt: 0 }),
      exec: (_, { command: [program] }) => (program === SANDBOX_PROGRAM ? Promise.resolve(done()) : nothing('processes')),
      attach: () => nothing('processes'),
      logs: (id, range, signal) => containers.logs(id, range, signal),
    },
    resources: {
      ping: () => Promise.resolve(),
      info: (): Promise<NodeInfo> => Promise.resolve({
        hostname: node.hostname, architecture: 'x86_64', operatingSystem: 'linux', osImage: 'simulated', kernelVersion: '', runtimeVersion: 'simulated',
        machineId: node.hostname, cpus: node.cpus, memoryBytes: node.memoryBytes, rootDir: '/simulated',
      }),
      takenNetworks: () => Promise.resolve([]),
      podNetwork: () => Promise.resolve(network),
      createPodNetwork: (cidr) => Promise.resolve(network = { name: 'toque', cidr, gateway: cidr.replace(/\.\d+\/\d+$/, '.1'), bridge: 'toque0' }),
      volumes: () => Promise.resolve([]),
      hasVolume: (name) => Promise.resolve(volumes.has(name)),
      createVolume: (name) => Promise.resolve(void volumes.add(name)),
      removeVolume: (name) => Promise.resolve(void volumes.delete(name)),
    },
  }
}
