import type { Container } from '../../common/kube/generated/core-v1.ts'
import { formatBytes, formatMilliCpu, parseQuantity } from '../../common/kube/quantity.ts'
import { GPU } from '../conventions.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

const OLD = 'Written as resources of the container; Compose says it as deploy.resources now.'

/** What a container may use (limits) and is sure to get (reservations, here requests). */
export function resourcesOf({ service, note: all }: ServiceContext): Partial<Container> {
  const note = all.in('deploy', 'resources')
  const { limits, reservations } = service.deploy?.resources ?? {}
  const cpu = (cores: number | undefined, path: readonly string[]): string | undefined => {
    if (cores === undefined) return undefined
    const milli = Math.max(1, Math.round(cores * 1000))
    if (cores === 0) return void note.changed(path, 'No limit: 0 means the same as none.')
    if (milli / 1000 === cores) note.same(...path)
    else note.changed(path, `Kubernetes counts thousandths of a core: ${formatMilliCpu(milli)}.`)
    return formatMilliCpu(milli)
  }
  const memory = (bytes: number | undefined, path: readonly string[]): string | undefined => {
    if (bytes === undefined) return undefined
    if (bytes === 0) return void note.changed(path, 'No limit: 0 means the same as none.')
    note.same(...path)
    return formatBytes(bytes)
  }
  const old = (key: 'cpus' | 'mem_limit' | 'mem_reservation', instead: unknown): number | undefined => {
    if (service[key] === undefined) return undefined
    if (instead !== undefined) return void all.lost(key, 'deploy.resources says something else, and counts.')
    all.changed(key, OLD)
    return service[key]
  }
  if (limits?.pids !== undefined) note.lost(['limits', 'pids'], 'A pod has no limit of its own here: set podPidsLimit of the nodes.')
  reservations?.generic_resources?.forEach((_, i) => note.lost(['reservations', 'generic_resources', i], 'Nodes offer such things by device plugins, under names of their own: ask for them in resources.limits.'))
  const legacy = { cpus: old('cpus', limits?.cpus), memory: old('mem_limit', limits?.memory), reserved: old('mem_reservation', reservations?.memory) }
  const most = {
    cpu: cpu(limits?.cpus, ['limits', 'cpus']) ?? (legacy.cpus ? formatMilliCpu(Math.max(1, Math.round(legacy.cpus * 1000))) : undefined),
    memory: memory(limits?.memory, ['limits', 'memory']) ?? (legacy.memory ? formatBytes(legacy.memory) : undefined),
  }
  const requests = {
    cpu: cpu(reservations?.cpus, ['reservations', 'cpus']),
    memory: memory(reservations?.memory, ['reservations', 'memory']) ?? (legacy.reserved ? formatBytes(legacy.reserved) : undefined),
  }
  // Swarm takes more for sure than what may be used; Kubernetes refuses it.
  for (const [key, path] of [['cpu', ['reservations', 'cpus']], ['memory', ['reservations', 'memory']]] as const) {
    if (requests[key] === undefined || most[key] === undefined || (parseQuantity(requests[key]) ?? 0) <= (parseQuantity(most[key]) ?? 0)) continue
    const why = `No more can be reserved than may be used: ${most[key]}.`
    if (key === 'memory' && reservations?.memory === undefined) all.changed('mem_reservation', why)
    else note.changed(path, why)
    requests[key] = most[key]
  }
  const resources = defined({ limits: defined({ ...most, [GPU]: gpus(service, all) }), requests: defined(requests) })
  return Object.keys(resources).length === 0 ? {} : { resources: resources as NonNullable<Container['resources']> }
}

/** GPUs are counted in Kubernetes, whichever way they were asked for. */
function gpus(service: ServiceContext['service'], note: ServiceContext['note']): string | undefined {
  let count = 0
  const add = (requests: readonly { count?: string; device_ids?: string[]; capabilities?: string[] }[] | undefined, path: readonly string[]): void => requests?.forEach((request, i) => {
    const isGpu = path[0] === 'gpus' || (request.capabilities ?? []).some((capability) => capability === 'gpu' || capability === 'nvidia')
    if (!isGpu) return note.lost([...path, i], 'Nodes offer such devices by device plugins, under names of their own: ask for them in resources.limits.')
    const wanted = request.device_ids?.length ?? Number(request.count ?? 1)
    count += Number.isInteger(wanted) ? wanted : 1
    note.changed([...path, i], `GPUs are counted: ${GPU} in the limits; which ones, the node decides.${request.count === 'all' ? ' "all" cannot be said, so it is 1: raise it to what a node has.' : ''}`)
  })
  add(service.gpus, ['gpus'])
  add(service.deploy?.resources?.reservations?.devices, ['deploy', 'resources', 'reservations', 'devices'])
  return count > 0 ? String(count) : undefined
}
