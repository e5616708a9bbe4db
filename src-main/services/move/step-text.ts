import type { MoveStep, MoveStepName } from '../../common/contract/index.ts'
import type { MoveRecord } from './record.ts'

/** A step in words. */
export function stepText(step: MoveStepName, { what, stack, namespace, parts: { stateless, data } }: Pick<MoveRecord, 'what' | 'stack' | 'namespace' | 'parts'>): MoveStep {
  const toCluster = what.to === 'kubernetes'
  const here = toCluster ? 'in Swarm' : 'in the cluster'
  const there = toCluster ? 'in the cluster' : 'in Swarm'
  const place = toCluster ? `in the namespace ${namespace}` : `as the stack ${stack}`
  const list = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '))
  switch (step) {
    case 'make': return { name: step, message: `Make all that the app is ${place}, at rest: nothing starts yet.`, undo: `Remove what was made ${there}. Volumes stay.`, pause: false }
    case 'startStateless': return { name: step, message: `Start ${list(stateless)} ${there}, and wait until they are ready. The old ones serve.`, undo: `Stop ${list(stateless)} ${there}.`, pause: false }
    case 'stopData': return { name: step, message: `Stop ${list(data)} ${here}, and wait until nobody uses the volumes any more.`, undo: `Start ${list(data)} ${here} again, on the same volumes.`, pause: true }
    case 'startData': return { name: step, message: `Start ${list(data)} ${there} on the same volumes, on the same servers, and wait until they are ready.`, undo: `Stop ${list(data)} ${there}.`, pause: true }
    case 'switchTraffic': return { name: step, message: `Lead new connections on the published ports ${toCluster ? 'to the cluster\'s pods' : 'to Docker again'}, on every server at once. Open ones go on.`, undo: `Lead new connections to the old ones ${here}.`, pause: false }
    case 'stopOld': return { name: step, message: `Stop ${list(stateless)} ${here}. They are kept at rest.`, undo: `Start ${list(stateless)} ${here} again, and wait until they are ready.`, pause: false }
  }
}
