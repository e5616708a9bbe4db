import type { Problem } from '../contract/index.ts'
import type { Path, Span } from '../yaml/place.ts'
import type { ReadOptions } from './context.ts'
import { Problems } from './context.ts'
import { checkDuplicatePorts } from './duplicate-ports.ts'
import { fileLoader, resolveExtends } from './extends.ts'
import type { ComposeModel } from './forms/file.ts'
import { composeFile } from './forms/file.ts'
import type { Service } from './forms/service.ts'
import { interpolateAll } from './interpolate.ts'
import { withNamedFiles } from './named-files.ts'
import { checkReferences } from './references.ts'
import { checkSchema } from './schema/check.ts'
import { COMPOSE_SCHEMA } from './schema/schema.ts'
import { parseSource } from './source.ts'
import { versionProblem } from './version.ts'

export type { ReadOptions } from './context.ts'

/** What a Compose file says, or everything that is wrong with it. */
export interface ReadCompose {
  /** Undefined when a problem is an error. */
  readonly model: ComposeModel | undefined
  readonly problems: Problem[]
  /** Where a field of the model is in the text (the nearest one around it that was written). */
  place(path: Path): Span
}

/** Reads a Compose file: variables filled in, short forms written out, `extends` and the named files resolved, names and ports checked. Pure: it opens no file. */
export function readCompose(text: string, options: ReadOptions = {}): ReadCompose {
  const { model, raw, problems, place } = readAlone(text, options)
  if (model === undefined) return { model, problems: problems.found, place }
  const load = fileLoader(options, (other, given) => readAlone(other, given).model?.services ?? {})
  const extended = resolveExtends(model.services, load, problems)
  const services = Object.fromEntries(Object.entries(extended).map(([name, service]) => [name, withNamedFiles(name, service, options, problems)]))
  const { version: _, ...rest } = model
  const whole: ComposeModel = { ...rest, services }
  for (const [name, service] of Object.entries(services)) checkImage(name, service, problems)
  if (model.include !== undefined) problems.add(['include'], 'include is not followed: put the services of those files into this one.', 'key')
  checkReferences(whole, problems)
  checkDuplicatePorts(whole, raw, problems)
  return { model: problems.broken ? undefined : whole, problems: problems.found, place }
}

/** One file, without what other files add to it. */
function readAlone(text: string, options: ReadOptions): { model: ComposeModel | undefined; raw: Readonly<Record<string, unknown>>; problems: Problems; place(path: Path): Span } {
  const source = parseSource(text)
  const problems = new Problems(source)
  const place = (path: Path): Span => source.place(path, 'value')
  if (source.value === undefined) return { model: undefined, raw: {}, problems, place }
  const version = versionProblem(source.value['version'])
  if (version !== undefined) problems.add(['version'], version)
  const filledIn = new Set<string>()
  const raw = interpolateAll(source.value, options.variables ?? {}, {
    changed: (path) => void filledIn.add(JSON.stringify(path)),
    failed: (path, message) => problems.add(path, message),
    missing: (path, name) => problems.add(path, `The variable ${name} has no value: an empty text stands for it. Write \${${name}:-default} to give it one.`, 'value', 'warning'),
  }) as Record<string, unknown>
  for (const { path, part, message } of checkSchema(raw, COMPOSE_SCHEMA, (path) => filledIn.has(JSON.stringify(path)))) {
    if (path[0] !== 'version') problems.add(path, message, part)
  }
  if (source.value['services'] === undefined) problems.add([], 'The file has no services: name each service, with an image, below services:.', 'key')
  return { model: composeFile.read(raw, problems.reading()), raw, problems, place }
}

function checkImage(name: string, { image, build, provider }: Service, problems: Problems): void {
  if (provider !== undefined || (image !== undefined && image !== '')) return
  const message = build === undefined ? `${name} needs an image: what should run?` : `${name} has a build but no image: name the image that the build makes.`
  problems.add(['services', name, ...(image === '' ? ['image'] : [])], message, image === '' ? 'value' : 'key', build === undefined ? 'error' : 'warning')
}
