import { badRequest, StatusError } from '../../common/errors.ts'
import type { ObjectRef } from '../../common/contract/index.ts'
import type { ContainerSession, NodeAccess } from '../../common/kube/node-access.ts'
import { dockerLog, dockerTime } from '../../hosts/docker-log.ts'
import { dockerExec } from '../../hosts/docker-session.ts'
import { onlyPayload } from '../../hosts/multiplexed.ts'
import { asking } from '../docker/status-error.ts'
import type { SwarmTask } from '../docker/types.ts'
import type { SwarmState } from '../state/swarm-state.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { taskIdOf } from '../views/refs.ts'
import { gone } from './change-service.ts'

/** A task's logs through its manager, wherever it runs; programs in it through its node's own Docker, where that is reached. A task stands in for the pod. */
export function taskAccess(state: SwarmState): Pick<NodeAccess, 'logs' | 'exec'> {
  const find = async (namespace: string, name: string): Promise<SwarmTask> => {
    await state.synced
    const ref: ObjectRef = { apiVersion: 'swarm', kind: 'Task', namespace, name }
    const task = state.now.tasks.find(({ ID }) => ID === taskIdOf(ref))
    if (task === undefined) throw gone(ref)
    return task
  }
  return {
    async *logs({ namespace, pod }, { follow = false, previous = false, timestamps = false, tailLines, sinceTime }, signal) {
      if (previous) throw badRequest('A task has one life: what ran before it at its place is a task of its own, with its own logs.')
      const task = await find(namespace, pod)
      const query = {
        follow, stdout: true, stderr: true, timestamps, details: false,
        ...(tailLines === undefined ? {} : { tail: tailLines }), ...(sinceTime === undefined ? {} : { since: dockerTime(sinceTime) }),
      }
      const stream = await asking(dockerLog(state.managerHost.docker, `/tasks/${task.ID}/logs`, query, signal))
      try {
        yield* task.Spec.ContainerSpec?.TTY === true ? stream : onlyPayload(stream)
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },

    async exec({ namespace, pod }, { command, stdin, tty }): Promise<ContainerSession> {
      const task = await find(namespace, pod)
      const id = task.Status.ContainerStatus?.ContainerID
      if (id === undefined || id === '' || task.Status.State !== 'running') throw badRequest(`${pod} does not run: there is nothing to enter.`)
      const host = state.hostOf(task.NodeID ?? '')
      if (host === undefined) throw new StatusError('ServiceUnavailable', `${pod} runs on ${new SwarmSnapshot(state.now).nodeName(task.NodeID ?? '')}, and this desk has no way to that server's own Docker, which a terminal needs. Add the server.`)
      return dockerExec(host.docker, id, { command, stdin, tty }, asking)
    },
  }
}
