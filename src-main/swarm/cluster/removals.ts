import type { ObjectRef, Plan } from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import { asking } from '../docker/status-error.ts'
import type { SwarmState } from '../state/swarm-state.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { gone } from './change-service.ts'
import { removalPlan } from './preview.ts'

/** Removes a service, a node that has left, a network, a secret or a config; ends a task, for which its service starts another one. NotFound when it is gone. */
export async function removeObject(state: SwarmState, ref: ObjectRef): Promise<void> {
  const found = find(state, ref)
  if (found === undefined) throw gone(ref)
  await asking(found.remove())
}

/** What a removal takes along. */
export function previewRemoval(state: SwarmState, ref: ObjectRef): Plan {
  const found = find(state, ref)
  if (found === undefined) throw gone(ref)
  return removalPlan(ref, found.object)
}

function find(state: SwarmState, ref: ObjectRef): { object: unknown; remove(): Promise<void> } | undefined {
  const snapshot = new SwarmSnapshot(state.now)
  const { picture } = snapshot
  switch (ref.kind) {
    case 'Service': {
      const service = snapshot.service(ref)
      return service === undefined ? undefined : { object: service.Spec, remove: () => state.api.remove('service', service.ID) }
    }
    case 'Node': {
      const node = picture.nodes.find(({ ID }) => snapshot.nodeName(ID) === ref.name)
      if (node === undefined) return undefined
      return { object: { ...node.Spec, Hostname: node.Description.Hostname }, remove: async () => {
        if (node.Status.State === 'ready') throw badRequest(`${ref.name} is in the swarm and answers. Let it leave the swarm first; then it can be taken off the list.`)
        if (node.ManagerStatus !== undefined) throw badRequest(`${ref.name} is a manager. Demote it first; then it can be taken off the list.`)
        await state.api.removeNode(node.ID)
      } }
    }
    case 'Task': {
      const task = snapshot.task(ref)
      if (task === undefined) return undefined
      return { object: { Service: task.ServiceID, Slot: task.Slot, Node: task.NodeID, Spec: task.Spec }, remove: async () => {
        const id = task.Status.ContainerStatus?.ContainerID
        if (id === undefined || id === '' || task.Status.State !== 'running') throw badRequest(`${ref.name} does not run: there is nothing to end. Swarm keeps its record for a while.`)
        const host = state.hostOf(task.NodeID ?? '')
        if (host === undefined) throw new StatusError('ServiceUnavailable', `${ref.name} runs on ${snapshot.nodeName(task.NodeID ?? '')}, and this desk has no way to that server's own Docker. Add the server, or restart the whole service.`)
        await host.docker.getContainer(id).stop()
      } }
    }
    case 'Network': {
      const network = picture.networks.find(({ Name }) => Name === ref.name)
      return network === undefined ? undefined : { object: network, remove: () => state.api.remove('network', network.Id) }
    }
    case 'Secret': {
      const secret = picture.secrets.find(({ Spec }) => Spec.Name === ref.name)
      return secret === undefined ? undefined : { object: secret.Spec, remove: () => state.api.remove('secret', secret.ID) }
    }
    case 'Config': {
      const config = picture.configs.find(({ Spec }) => Spec.Name === ref.name)
      return config === undefined ? undefined : { object: config.Spec, remove: () => state.api.remove('config', config.ID) }
    }
    default: throw badRequest(`There is no ${ref.kind} in a swarm.`)
  }
}
