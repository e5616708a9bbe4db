import type { DrainPlan, Explanation, PodFate } from '../../common/contract/index.ts'
import type { SwarmTask } from '../docker/types.ts'
import { takesTasks } from '../docker/node-state.ts'
import { modeOf } from '../docker/service-mode.ts'
import { isBoundTo } from '../placement/bound.ts'
import { taskRef } from '../views/refs.ts'
import type { SwarmSnapshot } from '../views/snapshot.ts'
import { isTaskEnded } from '../docker/task-state.ts'

const ORDER: readonly PodFate['fate'][] = ['ends', 'waits', 'moves', 'stays']

/** What draining a node does to each of its tasks. `nodeId` is the node's. Pure. */
export function swarmDrainPlan(snapshot: SwarmSnapshot, nodeId: string): DrainPlan {
  const { tasks, nodes } = snapshot.picture
  const fates = tasks.filter((task) => task.NodeID === nodeId && !isTaskEnded(task) && task.ServiceID !== undefined).map((task) => fateOf(snapshot, task))
  fates.sort((a, b) => ORDER.indexOf(a.fate) - ORDER.indexOf(b.fate) || a.ref.name.localeCompare(b.ref.name))
  const elsewhere = nodes.filter((node) => node.ID !== nodeId && takesTasks(node)).map(({ ID }) => snapshot.nodeName(ID)).sort()
  return { pods: fates, elsewhere }
}

/** What becomes of one task. */
export function fateOf({ picture }: SwarmSnapshot, task: SwarmTask): PodFate {
  const service = picture.services.find(({ ID }) => ID === task.ServiceID)
  const own = picture.nodes.find(({ ID }) => ID === task.NodeID)
  // Where no other node takes tasks at all, that is what the plan says.
  const others = picture.nodes.filter((node) => node !== own && takesTasks(node))
  const [fate, why]: [PodFate['fate'], Explanation] = ((): [PodFate['fate'], Explanation] => {
    if (service === undefined) return ['ends', { reason: 'NoOwner', message: 'Its service was removed: nobody starts it again.' }]
    if (own !== undefined && others.length > 0 && isBoundTo(service, own, others)) {
      const constraints = (service.Spec.TaskTemplate.Placement?.Constraints ?? []).join(', ')
      return ['waits', { reason: 'Bound', message: `No other node fits the constraints of service "${service.Spec.Name}" (${constraints}): it waits until this one takes tasks again.` }]
    }
    switch (modeOf(service)) {
      case 'global': return ['waits', { reason: 'Global', message: `Service "${service.Spec.Name}" has one task on each server: this one ends, and starts again when the server takes tasks again.` }]
      case 'global-job':
      case 'replicated-job': return ['moves', { reason: 'Job', message: `Job "${service.Spec.Name}" starts another one, which begins its work anew.` }]
      default: return ['moves', { reason: 'Owned', message: `Service "${service.Spec.Name}" starts another one.` }]
    }
  })()
  const mounts = task.Spec.ContainerSpec?.Mounts ?? []
  // Another driver than the local one may bring its data along.
  const left = mounts.filter(({ Type, VolumeOptions }) => Type === 'bind' || (Type === 'volume' && ['', 'local'].includes(VolumeOptions?.DriverConfig?.Name ?? '')))
  return {
    ref: taskRef(task, service), fate, why, losesData: mounts.some(({ Type }) => Type === 'tmpfs'),
    ...(fate === 'moves' && left.length > 0 ? { leavesData: left.map(({ Type, Source = '', Target }) => (Type === 'bind' ? Source : `volume ${Source === '' ? 'without a name' : Source} (${Target})`)) } : {}),
  }
}
