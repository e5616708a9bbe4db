import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { ContainerStatus, Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import { age, ageColumn, joined, nameColumn } from '../table/columns.ts'
import type { Column } from './kind.ts'

/** The columns of `kubectl get pods`. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  { name: 'Ready', type: 'string', description: 'The aggregate readiness state of this pod for accepting traffic.', cell: readyOf },
  { name: 'Status', type: 'string', description: 'The aggregate status of the containers in this pod.', cell: podStatusWord },
  { name: 'Restarts', type: 'string', description: 'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.', cell: restartsOf },
  ageColumn,
  { name: 'IP', type: 'string', priority: 1, cell: (o) => o.status?.podIP || '<none>' },
  { name: 'Node', type: 'string', priority: 1, cell: (o) => o.spec.nodeName || '<none>' },
  { name: 'Nominated Node', type: 'string', priority: 1, cell: (o) => o.status?.nominatedNodeName || '<none>' },
  { name: 'Readiness Gates', type: 'string', priority: 1, cell: gatesOf },
]

function restartable(pod: Pod): Set<string> {
  return new Set((pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name))
}

function readyOf(pod: Pod): string {
  const sidecars = restartable(pod)
  const counted = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []).filter((s) => sidecars.has(s.name))]
  const ready = counted.filter((s) => s.ready && (s.state?.running !== undefined || sidecars.has(s.name)))
  return `${String(ready.length)}/${String(pod.spec.containers.length + sidecars.size)}`
}

function restartsOf(pod: Pod, now: number): string {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const restarts = statuses.reduce((sum, s) => sum + s.restartCount, 0)
  const last = statuses.map((s) => s.lastState?.terminated?.finishedAt).filter((t) => t !== undefined).sort().at(-1)
  return restarts > 0 && last !== undefined ? `${String(restarts)} (${age(last, now)} ago)` : String(restarts)
}

function gatesOf(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const met = gates.filter((g) => isConditionTrue(pod.status?.conditions, g.conditionType))
  return joined([`${String(met.length)}/${String(gates.length)}`])
}

/** A pod's state in one word, as kubectl prints it: Running, CrashLoopBackOff, Init:0/1, Terminating... */
function podStatusWord(pod: Pod): string {
  let word = pod.status?.reason || pod.status?.phase || 'Unknown'
  const gated = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')
  if (gated !== undefined) word = 'SchedulingGated'
  const init = initWord(pod)
  if (init !== undefined) word = init
  else {
    let running = false
    for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
      const own = containerWord(status)
      if (own !== undefined) word = own
      else if (status.ready && status.state?.running !== undefined) running = true
    }
    if (word === 'Completed' && running) {
      word = isPodReady(pod) ? 'Running' : 'NotReady'
    }
  }
  if (pod.metadata.deletionTimestamp === undefined) return word
  return pod.status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating'
}

function containerWord({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason
  const ended = state?.terminated
  if (ended === undefined) return undefined
  if (ended.reason) return ended.reason
  return ended.signal ? `Signal:${String(ended.signal)}` : `ExitCode:${String(ended.exitCode)}`
}

function initWord(pod: Pod): string | undefined {
  const sidecars = restartable(pod)
  const statuses = pod.status?.initContainerStatuses ?? []
  for (const [i, status] of statuses.entries()) {
    if (status.state?.terminated?.exitCode === 0) continue
    if (sidecars.has(status.name) && status.started === true) continue
    const word = containerWord(status)
    const plain = word === undefined || word === 'PodInitializing'
    return plain ? `Init:${String(i)}/${String(pod.spec.initContainers?.length ?? 0)}` : `Init:${word}`
  }
  return undefined
}
