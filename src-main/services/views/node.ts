import type { Explanation, Health, NodeSummary } from '../../common/contract/index.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import { API_REACHABLE, PEERS_REACH, POD_NETWORK, RESPONDING } from '../../common/kube/node-conditions.ts'
import { pathsOf } from '../../common/kube/pod-network.ts'
import { podRequests } from '../../common/kube/pod-requests.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { milliCpu, wholeNumber } from '../../common/kube/quantity.ts'
import { refOf, time } from './refs.ts'

/** Conditions that are well when True; all others are well when False. */
const GOOD_WHEN_TRUE: ReadonlySet<string> = new Set(['Ready', RESPONDING, PEERS_REACH, API_REACHABLE])

/** Old twins of labels that every node has under their present names too. */
const OLD_NAMES = 'beta.kubernetes.io/'

/** A node as the screens show it. `pods` are those bound to it. */
export function nodeSummary(node: Readonly<Node>, pods: readonly Readonly<Pod>[]): NodeSummary {
  const info = node.status?.nodeInfo
  const { health, why } = nodeHealth(node)
  const podPaths = pathsOf(findCondition(node.status?.conditions, POD_NETWORK)?.reason ?? '')
  const living = pods.filter((pod) => !isPodTerminated(pod))
  return {
    id: node.metadata.uid,
    ref: refOf(node),
    health,
    ...(why === undefined ? {} : { why }),
    address: addressOf(node),
    os: info?.osImage ?? '',
    architecture: info?.architecture ?? '',
    dockerVersion: (info?.containerRuntimeVersion ?? '').replace(/^docker:\/\//, ''),
    schedulable: node.spec?.unschedulable !== true,
    capacity: capacityOf(node),
    requested: sumRequests(living),
    pods: living.length,
    labels: Object.fromEntries(Object.entries(node.metadata.labels ?? {}).filter(([key]) => !key.startsWith(OLD_NAMES))),
    conditions: (node.status?.conditions ?? []).map((c) => ({ type: c.type, ok: isWell(c.type, c.status), message: c.message ?? '' })),
    ...(podPaths.length === 0 ? {} : { podPaths }),
    createdAt: time(node.metadata.creationTimestamp),
  }
}

/** The address by which the node is known, '' where it has none. */
export function addressOf(node: Readonly<Node>): string {
  const addresses = node.status?.addresses ?? []
  return (addresses.find((a) => a.type === 'InternalIP') ?? addresses.find((a) => a.type === 'ExternalIP') ?? addresses[0])?.address ?? ''
}

/** What pods may use of a node: its allocatable. Millicores and bytes. */
export function capacityOf(node: Readonly<Node>): { cpuMilli: number; memoryBytes: number; pods: number } {
  const amount = node.status?.allocatable ?? node.status?.capacity ?? {}
  return { cpuMilli: milliCpu(amount['cpu']), memoryBytes: wholeNumber(amount['memory']), pods: wholeNumber(amount['pods']) }
}

/** What pods ask for together. */
function sumRequests(pods: readonly Readonly<Pod>[]): { cpuMilli: number; memoryBytes: number } {
  let cpuMilli = 0
  let memoryBytes = 0
  for (const pod of pods) {
    const requests = podRequests(pod)
    cpuMilli += requests['cpu'] ?? 0
    memoryBytes += requests['memory'] ?? 0
  }
  return { cpuMilli, memoryBytes }
}

function nodeHealth(node: Readonly<Node>): { health: Health; why?: Explanation } {
  const ready = findCondition(node.status?.conditions, 'Ready')
  if (ready === undefined) return { health: 'progressing', why: { reason: 'Starting', message: 'This server has not reported yet.' } }
  if (ready.status === 'Unknown') return { health: 'unknown', why: { reason: ready.reason ?? 'Unknown', message: ready.message ?? 'Nothing is heard from this server.' } }
  if (ready.status !== 'True') return { health: 'failed', why: { reason: ready.reason ?? 'NotReady', message: ready.message ?? 'This server is not ready.' } }
  const pressure = (node.status?.conditions ?? []).find((c) => !isWell(c.type, c.status))
  if (pressure !== undefined) return { health: 'degraded', why: { reason: pressure.reason ?? pressure.type, message: pressure.message ?? pressure.type } }
  if (node.spec?.unschedulable === true) return { health: 'healthy', why: { reason: 'SchedulingDisabled', message: 'New pods are not placed here: the server is cordoned.' } }
  return { health: 'healthy' }
}

function isWell(type: string, status: string): boolean {
  // Unknown: it is being set up.
  if (type === POD_NETWORK) return status !== 'False'
  return status === (GOOD_WHEN_TRUE.has(type) ? 'True' : 'False')
}
