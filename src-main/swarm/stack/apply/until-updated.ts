import { isOfSpec } from '../../views/service-app.ts'
import { isTaskWanted } from '../../docker/task-state.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'

/**
 * Resolves when none of these services is being updated: its tasks are new, or the update stopped, or Swarm has taken it back. Listens first and looks then, so that
 * nothing is missed. Right after a change Swarm tells no state at all for a moment: then the tasks tell.
 */
export async function untilUpdated(manager: SwarmApi, names: readonly string[], signal: AbortSignal = new AbortController().signal): Promise<void> {
  const over = new AbortController()
  const events = await manager.serviceEvents(AbortSignal.any([signal, over.signal]))
  try {
    if (!await isUpdating(manager, names)) return
    for await (const _ of events) if (!await isUpdating(manager, names)) return
    signal.throwIfAborted()
    throw new Error('Docker closed its event stream')
  } finally {
    over.abort()
    events.destroy()
  }
}

async function isUpdating(manager: SwarmApi, names: readonly string[]): Promise<boolean> {
  const services = (await manager.services()).filter(({ Spec }) => names.includes(Spec.Name))
  const state = ({ UpdateStatus }: (typeof services)[number]): string => UpdateStatus?.State ?? ''
  if (services.some((service) => ['updating', 'rollback_started'].includes(state(service)))) return true
  const untold = services.filter((service) => state(service) === '')
  if (untold.length === 0) return false
  const tasks = (await manager.tasks()).filter(isTaskWanted)
  return untold.some(({ ID, Spec }) => tasks.some((task) => task.ServiceID === ID && !isOfSpec(task.Spec, Spec.TaskTemplate)))
}
