import type { Clock } from '../../common/clock.ts'
import type { DrainingPod, DrainProgress, ObjectRef } from '../../common/contract/index.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import type { SwarmState } from '../state/swarm-state.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'
import { gone } from './change-service.ts'
import { fateOf } from './drain-plan.ts'
import { setAvailability } from './node-actions.ts'

const PROGRESS_MS = 100

/**
 * Drains a node by Swarm's own availability and follows its tasks to their end; begins anew for each reader. A reader that leaves before the end stops it: the
 * node takes no new tasks, and those that are left stay.
 */
export function drainStream(state: SwarmState, clock: Clock, ref: ObjectRef): Stream<DrainProgress> {
  return makeStream(async (push, signal) => {
    await state.synced
    const nodeId = new SwarmSnapshot(state.now).nodeId(ref.name)
    if (nodeId === undefined) throw gone(ref)
    const pods = new Map<string, DrainingPod>()
    await setAvailability(state, nodeId, ref, 'drain')
    let done = false
    try {
      // The picture is from before the drain until Docker's event has been heard: none of its tasks was asked to end in it.
      state.look(['nodes', 'services', 'tasks'])
      for await (const progress of watchValue(state, clock, PROGRESS_MS, () => progressOf(new SwarmSnapshot(state.now), nodeId, pods))) {
        if (progress === undefined) continue
        done = progress.done
        await push(progress)
        if (done || signal.aborted) return
      }
    } finally {
      if (!done) await setAvailability(state, nodeId, ref, 'pause')
    }
  })
}

/** How far it is; undefined while the picture is from before the drain. Keeps in `pods` every task that had to go. */
export function progressOf(snapshot: SwarmSnapshot, nodeId: string, pods: Map<string, DrainingPod>): DrainProgress | undefined {
  const node = snapshot.picture.nodes.find(({ ID }) => ID === nodeId)
  const left = snapshot.picture.tasks.filter((task) => task.NodeID === nodeId && task.ServiceID !== undefined && !isTaskEnded(task))
  for (const task of left) pods.set(task.ID, { ref: fateOf(snapshot, task).ref, state: isTaskWanted(task) ? 'asked' : 'ending' })
  if (node !== undefined && node.Spec.Availability !== 'drain') return undefined
  const living = new Set(left.map(({ ID }) => ID))
  for (const [id, { ref }] of pods) if (!living.has(id)) pods.set(id, { ref, state: 'ended' })
  return { pods: [...pods.values()], done: left.length === 0 }
}
