import type { ComposeModel } from '../../../common/compose/forms/file.ts'
import type { Config } from '../../../common/compose/forms/files.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import { writeCompose } from '../../../common/compose/write.ts'
import { StatusError } from '../../../common/errors.ts'
import { defined } from '../convert/context.ts'
import type { LiveFile, LiveNetwork, LiveService, LiveSwarm } from '../live-stack.ts'
import { inStack, servicesOfFile, VERSION_OF } from '../live-stack.ts'
import { NO_STACK, NO_STACK_KEY, StackLabel, unscoped } from '../names.ts'
import type { ServiceSpec } from '../specs.ts'
import { containerKeys } from './container.ts'
import { FileParts, nameBeside, without } from './context.ts'
import { deployOf } from './deploy.ts'
import { endpointKeys } from './endpoint.ts'
import { lostIn } from './lost.ts'
import { mountKeys } from './mounts.ts'

/** A stack that runs, as a Compose file. */
export interface ReadBack {
  readonly model: ComposeModel
  readonly text: string
  /** What the file cannot say of it, in sentences: deploying the file would change that. */
  readonly lost: string[]
  /** What somebody should know of the file. */
  readonly notes: string[]
}

/**
 * The Compose file of a stack that somebody deployed, by whatever tool: deployed again, it changes nothing but what `lost` names. The contents of secrets cannot be read, so the file
 * uses the secrets as external ones. Pure.
 */
export function readBack(swarm: LiveSwarm, stack: string): ReadBack {
  const configs = inStack(swarm.configs, stack)
  const services = servicesOfFile(swarm, stack).map(({ spec }) => withPlainNames(spec, configs))
  const parts = new FileParts(stack)
  const networks = inStack(swarm.networks, stack)
  const ofStack = (kind: 'secrets' | 'configs', name: string): Config => (kind === 'configs' ? configKeys(name, versionInUse(name, configs, swarm), stack) : externally(stack, name))
  const entries = services.map((spec): [string, Service] => [keyOf(spec, stack), serviceKeys(spec, parts, { ofStack, networkOf: (name) => networks.find((network) => network.spec.Name === name)?.spec })])
  // Those that no service uses belong to the stack all the same.
  for (const { spec } of configs) if (spec.Labels?.[VERSION_OF] === undefined) parts.keyOf('configs', spec.Name, () => ofStack('configs', spec.Name))
  const top = Object.fromEntries((['networks', 'volumes', 'secrets', 'configs'] as const).map((kind) => [kind, parts.part(kind)]))
  const model = defined({ services: Object.fromEntries(entries), ...top }) as ComposeModel
  if (Object.keys(model.networks?.['default'] ?? { name: '' }).length === 0) delete model.networks?.['default']
  if (Object.keys(model.networks ?? {}).length === 0) delete model.networks
  return { model, text: writeCompose(model), lost: lostIn(services, model, stack), notes: notesOn(model) }
}

/** As `readBack`, for one service: the whole stack that it is in, or itself alone where it is in none. NotFound when there is no such service. */
export function readBackService(swarm: LiveSwarm, name: string): ReadBack & { readonly stack: string } {
  const service = swarm.services.find(({ spec }) => spec.Name === name)
  if (service === undefined) throw new StatusError('NotFound', `There is no service ${name} (any more).`)
  const stack = service.spec.Labels?.[StackLabel.namespace] ?? NO_STACK
  if (stack !== NO_STACK) return { ...readBackText(swarm, stack), stack }
  const alone = readBack({ services: [service], networks: [], secrets: [], configs: [] }, NO_STACK)
  return { ...alone, text: `${NO_STACK_KEY}: true\n${alone.text}`, stack }
}

/** As `readBack`, with the stack's name in the text, so that the text alone can be deployed. NotFound when nothing belongs to the stack. */
export function readBackText(swarm: LiveSwarm, stack: string): ReadBack {
  const { services, networks, secrets, configs } = swarm
  if ([services, networks, secrets, configs].every((things) => inStack<LiveService | LiveNetwork | LiveFile>(things, stack).length === 0)) throw new StatusError('NotFound', `There is no stack ${stack} (any more).`)
  const read = readBack(swarm, stack)
  const model = { name: stack, ...read.model }
  return { ...read, model, text: writeCompose(model) }
}

interface Finders {
  ofStack(kind: 'secrets' | 'configs', name: string): Config
  networkOf: Parameters<typeof endpointKeys>[3]
}

/** One service, in the order in which people write it. */
export function serviceKeys(spec: ServiceSpec, parts: FileParts, { ofStack, networkOf }: Finders): Service {
  const deploy = deployOf(spec)
  return { ...containerKeys(spec), ...mountKeys(spec, parts, ofStack), ...endpointKeys(keyOf(spec, parts.stack), spec, parts, networkOf), ...(deploy === undefined ? {} : { deploy }) }
}

/** What a service is called in the file. */
export function keyOf({ Name }: ServiceSpec, stack: string): string {
  return unscoped(stack, Name) ?? Name
}

/** By its real name, made by somebody else. */
export function externally(stack: string, name: string): { external: true; name?: string } {
  return { external: true, ...((unscoped(stack, name) ?? name) === name ? {} : { name }) }
}

function configKeys(name: string, live: LiveFile | undefined, stack: string): Config {
  const content = live?.contents?.text
  if (live === undefined || content === undefined) return externally(stack, name)
  return defined<Config>({
    ...nameBeside(stack, unscoped(stack, name) ?? name, name), content, labels: without(live.spec.Labels, StackLabel.namespace, VERSION_OF),
    template_driver: live.spec.Templating?.Name === '' ? undefined : live.spec.Templating?.Name,
  })
}

/** A config may have several versions while it is rotated: the one that services have is meant. */
function versionInUse(base: string, configs: readonly LiveFile[], { services }: LiveSwarm): LiveFile | undefined {
  const versions = configs.filter(({ spec }) => spec.Name === base || spec.Labels?.[VERSION_OF] === base)
  const used = versions.find(({ spec }) => services.some((service) => service.spec.TaskTemplate.ContainerSpec.Configs?.some(({ ConfigName }) => ConfigName === spec.Name)))
  return used ?? versions.find(({ spec }) => spec.Name === base)
}

/** Rotated configs by the name that the file has for them. */
function withPlainNames(spec: ServiceSpec, configs: readonly LiveFile[]): ServiceSpec {
  const { Configs, ...container } = spec.TaskTemplate.ContainerSpec
  if (Configs === undefined || Configs === null) return spec
  const plain = (name: string): string => configs.find((config) => config.spec.Name === name)?.spec.Labels?.[VERSION_OF] ?? name
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { ...container, Configs: Configs.map((config) => ({ ...config, ConfigName: plain(config.ConfigName) })) } } }
}

function notesOn(model: ComposeModel): string[] {
  const secrets = Object.keys(model.secrets ?? {})
  return secrets.length === 0 ? [] : [`What the secrets hold (${secrets.join(', ')}) cannot be read: the file uses them as they are. To change one, rotate it, or give it a file in place of external.`]
}
