import type { Finding } from '../../../common/contract/index.ts'
import { count } from '../../../common/counted.ts'
import { groupBy } from '../../../common/group-by.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import { addressesLeft } from '../addresses-left.ts'
import type { SwarmFacts } from '../facts.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { pendingReasons } from '../pending-reasons.ts'
import { networkRef, nodeRef, serviceRef } from '../refs.ts'

/** States in which a task waits for something, and how long that is nothing to speak of, milliseconds. */
const PATIENCE: Readonly<Record<string, number>> = { new: 10_000, allocated: 10_000, pending: 5_000, assigned: 30_000, accepted: 30_000, preparing: 120_000, ready: 60_000, starting: 60_000 }

/** Tasks that should run and do not begin, and why, one finding for each service and state. */
export const checkStuckTasks: Check = (facts) => {
  const stuck = facts.tasks.filter(({ DesiredState, Status }) => {
    const patience = PATIENCE[Status.State]
    return (DesiredState === 'running' || DesiredState === 'ready' || DesiredState === 'complete') && patience !== undefined && facts.now - Date.parse(Status.Timestamp) > patience
  })
  return [...groupBy(stuck, ({ ServiceID, Status }) => `${ServiceID ?? ''} ${Status.State}`).values()].flatMap((tasks) => {
    const [first] = tasks as [SwarmTask]
    const service = facts.services.find(({ ID }) => ID === first.ServiceID)
    return service === undefined ? [] : [explain(service, first.Status.State, tasks, facts)]
  })
}

function explain(service: SwarmService, state: string, tasks: readonly SwarmTask[], facts: SwarmFacts): Finding {
  const name = service.Spec.Name
  const [first] = tasks as [SwarmTask]
  const wait = `${count(tasks.length, 'task')} of ${name} ${tasks.length === 1 ? 'waits' : 'wait'}`
  switch (state) {
    case 'new': case 'allocated': return withoutAddress(service, wait, first, facts)
    case 'pending': {
      const reasons = pendingReasons(service, facts.nodes, first.Status.Err ?? '')
      const [main] = reasons
      return finding('error', main?.why.reason ?? 'NoNode', `${wait} for a node. ${reasons.map(({ why }) => why.message).join(' ')}`, [serviceRef(service)], main?.fix ?? '')
    }
    default: return onItsNode(service, state, wait, tasks, facts)
  }
}

function withoutAddress(service: SwarmService, wait: string, first: SwarmTask, { networks, services, tasks, nodes }: SwarmFacts): Finding {
  const wanted = new Set((first.Spec.Networks ?? []).map(({ Target }) => Target))
  const full = networks.find((network) => (wanted.has(network.id) || wanted.has(network.name)) && addressesLeft(network, services, tasks, nodes.length) === 0)
  if (full !== undefined) {
    return finding('error', 'NoAddressLeft', `${wait} for an address: the network ${full.name} (${full.subnets.join(', ')}) has none left.`, [serviceRef(service), networkRef(full.name)], 'Make the network anew with a larger subnet, run fewer tasks on it, or spread the services over several networks.')
  }
  return finding('error', 'NotAllocated', `${wait} for the manager to give ${first.Status.State === 'new' ? 'it its networks and ports' : 'it to the scheduler'}${first.Status.Err === undefined ? '' : `: ${first.Status.Err}`}.`, [serviceRef(service)],
    'A network may be missing or without addresses, or two services publish the same port. The log of Docker on the leading manager names it (journalctl -u docker).')
}

function onItsNode(service: SwarmService, state: string, wait: string, tasks: readonly SwarmTask[], { nodes, now }: SwarmFacts): Finding {
  const where = nodes.filter(({ ID }) => tasks.some(({ NodeID }) => NodeID === ID))
  const away = where.filter(({ Status }) => Status.State !== 'ready')
  const names = listed(where.map(({ Description }) => Description.Hostname))
  const about = [serviceRef(service), ...where.map(({ ID }) => nodeRef(ID, nodes))]
  if (away.length > 0) return finding('error', 'NodeAway', `${wait} on ${names}: ${listed(away.map(({ Description }) => Description.Hostname))} ${away.length === 1 ? 'is' : 'are'} not up, and nobody can say how far it came.`, about, 'Start the server again, or remove its node: then Swarm starts the task elsewhere.')
  const minutes = Math.round((now - Math.min(...tasks.map(({ Status }) => Date.parse(Status.Timestamp)))) / 60_000)
  if (state === 'preparing') return finding('warning', 'PreparingLong', `${wait} on ${names} since ${String(minutes)} min for the image or a volume: a large image, a slow registry, or a volume driver that hangs.`, about, 'Look whether the image can be pulled there by hand (docker pull), and at the log of Docker on that node.')
  return finding('warning', 'StartingLong', `${wait} on ${names} since ${String(minutes)} min to start (${state}).`, about, 'Look at the log of Docker on that node (journalctl -u docker): it may be overloaded, or its Docker may hang.')
}
