import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { Variables } from '../../common/compose/interpolate.ts'
import type { Problem } from '../../common/contract/index.ts'
import type { Path, Span } from '../../common/yaml/place.ts'
import type { Contents } from '../docker/contents.ts'
import type { Context } from './convert/context.ts'
import { realName } from './convert/context.ts'
import { checkExternal } from './convert/external.ts'
import { fileSpecOf } from './convert/files.ts'
import { networkSpecOf, usedNetworks } from './convert/networks.ts'
import { serviceSpecOf } from './convert/service.ts'
import { Findings } from './findings.ts'
import { isUserDefined, NO_STACK, stackNameProblem } from './names.ts'
import type { FileSpec, NetworkSpec, ContainerServiceSpec } from '../docker/specs.ts'
import { checkFields } from './check-fields.ts'
import { checkToqueLabels } from './toque-labels.ts'

/** A secret or a config that a stack has, and what it holds (undefined: a secret that a driver keeps). */
export interface StackFile {
  readonly spec: FileSpec
  readonly contents: Contents | undefined
  /** Its field in the file, and where that is. */
  readonly at: Place
}

/** A field's name, and its place in the text where there is one. */
export type Place = Omit<Problem, 'severity' | 'message'>

/** Something that a stack uses and that somebody else has made. */
export interface ExternalThing {
  readonly kind: 'network' | 'secret' | 'config'
  readonly name: string
  readonly at: Place
}

/** All that `docker stack deploy` makes from a Compose file, in the order in which it is made. */
export interface Stack {
  readonly name: string
  readonly external: readonly ExternalThing[]
  readonly networks: readonly NetworkSpec[]
  readonly secrets: readonly StackFile[]
  readonly configs: readonly StackFile[]
  readonly services: readonly ContainerServiceSpec[]
}

export interface StackOptions {
  /** Where a field is in the text: `ReadCompose.place`. */
  readonly place?: (path: Path) => Span
  /** The contents of the files that secrets and configs name, by the path written there. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly variables?: Variables
  /** Full paths on the nodes: what relative paths of bind mounts, and `~`, begin with. Without them such a path is refused. */
  readonly folder?: string
  readonly home?: string
  /** The version of the managers' Docker API (`1.41`), to say what it is too old for. */
  readonly api?: string
}

export interface StackReading {
  /** As far as it could be made; only without an error in `problems` is it what the file says. */
  readonly stack: Stack
  readonly problems: Problem[]
  /** Fields that have no effect in Swarm. */
  readonly ignored: Problem[]
}

/** The stack of this name that a Compose file describes, with the meaning that `docker stack deploy` gives it. Pure; never throws on a model that `readCompose` gave. */
export function stackOf(model: ComposeModel, name: string, options: StackOptions = {}): StackReading {
  const findings = new Findings(options.place)
  const wrong = name === NO_STACK ? undefined : stackNameProblem(name)
  if (wrong !== undefined) findings.refuse([], wrong)
  checkFields(model, options.api, findings)
  checkExternal(model, findings)
  checkToqueLabels(model, findings)
  const context: Context = { stack: name, model, findings, folder: options.folder, home: options.home }
  const sources = { files: options.files ?? {}, variables: options.variables ?? {} }
  const files = (kind: 'secret' | 'config'): StackFile[] => own(model[`${kind}s`]).map(([key, file]) => ({ ...fileSpecOf(kind, key, file, sources, context), at: findings.at([`${kind}s`, key]) }))

  const used = usedNetworks(model, name)
  for (const key of Object.keys(model.networks ?? {})) {
    if (!used.includes(key)) findings.ignore(['networks', key], `No service is on the network ${key}: it is not made.`)
  }
  const networks = used.filter((key) => model.networks?.[key]?.external !== true).map((key) => networkSpecOf(key, model.networks?.[key] ?? {}, context))
  const stack: Stack = {
    name, networks, secrets: files('secret'), configs: files('config'),
    external: [...externalNetworks(used, context), ...externalFiles('secret', context), ...externalFiles('config', context)],
    services: Object.entries(model.services).map(([key, service]) => serviceSpecOf(key, service, context)),
  }
  return { stack, problems: findings.problems, ignored: findings.ignored }
}

/** Those that the stack itself has. */
function own<T extends { external?: boolean }>(things: Record<string, T> | undefined): [string, T][] {
  return Object.entries(things ?? {}).filter(([, { external }]) => external !== true)
}

/** Networks that every node has by itself need not be looked for. */
function externalNetworks(used: readonly string[], { stack, model, findings }: Context): ExternalThing[] {
  return used.flatMap((key): ExternalThing[] => {
    const network = model.networks?.[key]
    if (network?.external !== true || !isUserDefined(realName(stack, key, network))) return []
    return [{ kind: 'network', name: realName(stack, key, network), at: findings.at(['networks', key]) }]
  })
}

/** Only those that some service uses are asked for. */
function externalFiles(kind: 'secret' | 'config', { stack, model, findings }: Context): ExternalThing[] {
  const services = Object.values(model.services)
  const used = new Set(services.flatMap((service) => [...(service[`${kind}s`] ?? []).map(({ source }) => source), ...(kind === 'config' ? [service.credential_spec?.config] : [])]))
  return Object.entries(model[`${kind}s`] ?? {}).flatMap(([key, file]): ExternalThing[] => (
    file.external === true && used.has(key) ? [{ kind, name: realName(stack, key, file), at: findings.at([`${kind}s`, key]) }] : []))
}
