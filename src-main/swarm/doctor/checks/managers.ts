import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** Labels that people tell places with. */
const PLACES = ['zone', 'topology.kubernetes.io/zone', 'datacenter', 'dc', 'rack', 'region']
/** With fewer nodes there are not three managers to be had. */
const ENOUGH_NODES = 3

/** Numbers of managers that bear less than they could. */
export const checkManagers: Check = ({ state, nodes }) => {
  const advice = state.quorum?.advice
  if (advice === undefined) return []
  const managers = state.nodes.filter(({ role }) => role === 'manager')
  const about = managers.map(({ id }) => nodeRef(id, nodes))
  const worker = state.nodes.find(({ role, state: how }) => role === 'worker' && how === 'ready')
  const promote = worker === undefined ? undefined : { type: 'membership' as const, change: { type: 'promote' as const, node: worker.id } }
  switch (advice.reason) {
    case 'QuorumLost': return [finding('error', advice.reason, advice.message, about, 'Start the lost managers again. If they are gone for good, recover the swarm with the manager that is left.')]
    case 'AtTheLimit': return [finding('warning', advice.reason, advice.message, about, 'Bring the manager back, or remove its node and make another server a manager.')]
    case 'TwoManagers': return [finding('warning', advice.reason, advice.message, about, promote === undefined ? 'Add a server as a third manager, or make one of the two a worker.' : 'Make a third node a manager.', promote)]
    case 'EvenManagers': return [finding('warning', advice.reason, advice.message, about, promote === undefined ? 'Make one of them a worker.' : 'Make one more node a manager, or one of them a worker.', promote)]
    // One or two servers have no better choice.
    case 'OneManager': return state.nodes.length < ENOUGH_NODES ? [] : [finding('info', advice.reason, advice.message, about, 'Make two more nodes managers.', promote)]
    default: return [finding('info', advice.reason, advice.message, about, 'Make some of them workers.')]
  }
}

/** Managers that all stand in one place, while other nodes stand elsewhere: the place's loss is the swarm's. */
export const checkPlaces: Check = ({ nodes }) => {
  const managers = nodes.filter(({ Spec }) => Spec.Role === 'manager')
  if (managers.length < ENOUGH_NODES) return []
  for (const label of PLACES) {
    const places = new Set(managers.map(({ Spec }) => Spec.Labels?.[label] ?? ''))
    const [place = ''] = places
    const elsewhere = nodes.filter(({ Spec }) => Spec.Role === 'worker' && (Spec.Labels?.[label] ?? place) !== place)
    if (places.size === 1 && place !== '' && elsewhere.length > 0) {
      return [finding('warning', 'ManagersInOnePlace', `All managers are in ${label} ${place}: its loss takes the quorum with it, though ${listed(elsewhere.map(({ Description }) => Description.Hostname))} would be left.`,
        managers.map(({ ID }) => nodeRef(ID, nodes)), 'Make nodes in other places managers, so that no place has half of them.')]
    }
  }
  return []
}
