import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/**
 * The variables that announce services (`WEB_SERVICE_HOST`, `WEB_PORT_80_TCP_ADDR`, ...): those of the pod's namespace where it wants
 * them, and always the API's own (`kubernetes` in `default`). Pure.
 */
export function serviceVariables(own: readonly Frozen<Service>[], defaults: readonly Frozen<Service>[], wanted: boolean): Map<string, string> {
  const api = defaults.filter((s) => s.metadata.name === 'kubernetes' && s.metadata.namespace === 'default')
  const result = new Map<string, string>()
  for (const service of [...api, ...(wanted ? own.filter((s) => !api.includes(s)) : [])]) {
    const { clusterIP, ports = [] } = service.spec ?? {}
    const first = ports[0]
    if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None' || first === undefined) continue
    const name = upper(service.metadata.name)
    result.set(`${name}_SERVICE_HOST`, clusterIP)
    result.set(`${name}_SERVICE_PORT`, String(first.port))
    for (const p of ports) if (p.name !== undefined && p.name !== '') result.set(`${name}_SERVICE_PORT_${upper(p.name)}`, String(p.port))
    result.set(`${name}_PORT`, url(first))
    for (const p of ports) {
      const prefix = `${name}_PORT_${String(p.port)}_${(p.protocol ?? 'TCP').toUpperCase()}`
      result.set(prefix, url(p))
      result.set(`${prefix}_PROTO`, (p.protocol ?? 'TCP').toLowerCase())
      result.set(`${prefix}_PORT`, String(p.port))
      result.set(`${prefix}_ADDR`, clusterIP)
    }
    function url(p: { port: number; protocol?: string }): string {
      return `${(p.protocol ?? 'TCP').toLowerCase()}://${clusterIP ?? ''}:${String(p.port)}`
    }
  }
  return result
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
