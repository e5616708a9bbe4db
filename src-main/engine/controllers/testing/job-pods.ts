import { timestamp } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Client } from '../../client/client.ts'

/** What a node would say of a pod that runs. */
export function runPod(client: Client, clock: Clock, pod: Readonly<Pod>, restarts = 0): Promise<unknown> {
  return client.updateStatus(Pods, {
    ...pod, metadata: { ...pod.metadata, resourceVersion: '' }, status: {
      phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: timestamp(clock.now()) }],
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts, state: { running: {} } }],
    },
  })
}

/** What a node would say of a pod whose container ended so. */
export function endPod(client: Client, clock: Clock, pod: Readonly<Pod>, exitCode: number, conditions: object[] = []): Promise<unknown> {
  const finishedAt = timestamp(clock.now())
  return client.updateStatus(Pods, {
    ...pod, metadata: { ...pod.metadata, resourceVersion: '' }, status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed', conditions: conditions as never,
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode, finishedAt } } }],
    },
  })
}
