import type Docker from 'dockerode'
import type { Clock } from '../../../common/clock.ts'
import { timestamp } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { NodeCondition } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { INGRESS } from '../../../common/kube/node-conditions.ts'
import type { Informers } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { ingressCondition, portHolders } from './held-port.ts'
import type { NodeIngressState } from './node-ingress.ts'

/** One node, and whom it tells. */
export interface ReportedNode {
  name: string
  docker: Docker
  informers: Informers
  clock: Clock
  recorder: EventRecorder | undefined
  write(condition: NodeCondition): void
}

/** Says on the node what its proxy does now; and in an Event, where somebody has to act. Where there never was an Ingress, there is nothing to say. */
export async function tellIngress({ name, docker, informers, clock, recorder, write }: ReportedNode, state: NodeIngressState): Promise<void> {
  const node = informers.for(Nodes).lister.get('', name)
  const trouble = state.held.length > 0 || state.failure !== undefined
  if (state.ports.length === 0 && !trouble && findCondition(node?.status?.conditions, INGRESS) === undefined) return
  const condition = { type: INGRESS, ...ingressCondition(name, state, await portHolders(docker, state.held)), lastTransitionTime: timestamp(clock.now()) }
  write(condition)
  if (node !== undefined && trouble) recorder?.event(node, 'Warning', condition.reason, condition.message)
}
