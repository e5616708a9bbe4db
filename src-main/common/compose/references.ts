import type { Problems } from './context.ts'
import type { ComposeModel } from './forms/file.ts'
import type { Service } from './forms/service.ts'
import { likelyName } from './schema/suggest.ts'

type Path = readonly (string | number)[]

/** Says of every name that a service uses whether the file has it: networks, volumes, secrets, configs, services. */
export function checkReferences(model: ComposeModel, problems: Problems): void {
  for (const [name, service] of Object.entries(model.services)) {
    const path: Path = ['services', name]
    const has = (kind: 'networks' | 'volumes' | 'secrets' | 'configs', used: string | undefined, where: Path): void => {
      if (used === undefined || (kind === 'networks' && used === 'default')) return
      const known = Object.keys(model[kind] ?? {})
      if (known.includes(used)) return
      const likely = likelyName(used, known)
      const hint = likely === undefined ? `Add it to the top-level ${kind}: (with external: true if it is there already).` : `Did you mean "${likely}"?`
      problems.add(where, `${name} uses the ${kind.slice(0, -1)} "${used}", which the file does not define. ${hint}`)
    }
    Object.keys(service.networks ?? {}).forEach((used) => has('networks', used, [...path, 'networks', used]))
    service.volumes?.forEach(({ type, source }, i) => type === 'volume' && has('volumes', source, [...path, 'volumes', i]))
    service.secrets?.forEach(({ source }, i) => has('secrets', source, [...path, 'secrets', i]))
    service.configs?.forEach(({ source }, i) => has('configs', source, [...path, 'configs', i]))
    has('configs', service.credential_spec?.config, [...path, 'credential_spec', 'config'])
    checkServices(name, service, model, problems)
  }
}

function checkServices(name: string, service: Service, model: ComposeModel, problems: Problems): void {
  const known = Object.keys(model.services)
  const has = (used: string, how: string, where: Path): void => {
    if (known.includes(used)) return
    const likely = likelyName(used, known)
    problems.add(['services', name, ...where], `${name} ${how} the service "${used}", which the file does not have.${likely === undefined ? '' : ` Did you mean "${likely}"?`}`)
  }
  for (const [used, { required }] of Object.entries(service.depends_on ?? {})) if (required !== false) has(used, 'depends on', ['depends_on', used])
  service.links?.forEach((link, i) => has(link.split(':')[0] ?? link, 'links to', ['links', i]))
  for (const key of ['network_mode', 'pid', 'ipc'] as const) {
    const of = /^service:(.*)$/.exec(service[key] ?? '')?.[1]
    if (of !== undefined) has(of, `shares (${key}) with`, [key])
  }
  service.volumes_from?.forEach((from, i) => {
    if (!from.startsWith('container:')) has(from.split(':')[0] ?? from, 'takes the volumes of', ['volumes_from', i])
  })
}
