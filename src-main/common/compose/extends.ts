import type { Problems, ReadOptions } from './context.ts'
import type { Service } from './forms/service.ts'
import { service } from './forms/service.ts'
import { likelyName } from './schema/suggest.ts'

type Services = Record<string, Service>

/** Lays every service over the one that it extends. `load` reads another file's services, undefined when its text is not there. */
export function resolveExtends(services: Services, load: (file: string) => Services | undefined, problems: Problems): Services {
  return Object.fromEntries(Object.keys(services).map((name) => [name, resolved(name, services, load, problems, [])]))
}

function resolved(name: string, services: Services, load: (file: string) => Services | undefined, problems: Problems, chain: readonly string[]): Service {
  const own = services[name] ?? {}
  const { extends: from, ...rest } = own
  if (from === undefined) return own
  const path = ['services', chain[0] ?? name, 'extends']
  const others = from.file === undefined ? services : load(from.file)
  const next = [...chain, name]
  if (others === undefined) {
    problems.add([...path, 'file'], `The file "${from.file ?? ''}", which ${name} extends, was not given: its text is needed too.`)
  } else if (others[from.service] === undefined) {
    const likely = likelyName(from.service, Object.keys(others))
    problems.add(path, `${name} extends the service "${from.service}", which ${from.file === undefined ? 'this file' : `"${from.file}"`} does not have.${likely === undefined ? '' : ` Did you mean "${likely}"?`}`)
  } else if (from.file === undefined && (next.includes(from.service))) {
    problems.add(path, `The services ${[...next, from.service].join(', ')} extend each other in a circle.`)
  } else {
    const base = from.file === undefined ? resolved(from.service, services, load, problems, next) : (others[from.service] ?? {})
    // As the specification has it: what a service depends on is not handed down.
    const { depends_on: _, links: __, volumes_from: ___, ...handedDown } = base
    return service.merge(handedDown, rest)
  }
  return rest
}

/** The reader of extended files: each is read once, and one that includes itself ends there. */
export function fileLoader(options: ReadOptions, read: (text: string, options: ReadOptions) => Services): (file: string) => Services | undefined {
  const known = new Map<string, Services>()
  return (file) => {
    const text = options.files?.[file]
    if (text === undefined) return undefined
    const found = known.get(file)
    if (found !== undefined) return found
    known.set(file, {})
    const { [file]: _, ...files } = options.files ?? {}
    const services = read(text, { ...options, files })
    known.set(file, services)
    return services
  }
}
