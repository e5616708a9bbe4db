import type { PlannedChange, Problem } from '../../../common/contract/index.ts'
import type { LiveSwarm } from '../live-stack.ts'
import { inStack, servicesOfFile } from '../live-stack.ts'
import type { RegistryAuth } from '../manager.ts'
import { NO_STACK } from '../names.ts'
import { normalNetwork, same } from '../normal.ts'
import type { Stack } from '../stack-of.ts'
import { fileText, networkText, serviceText } from './change-text.ts'
import { decideServices } from './decide-services.ts'
import type { FileDecision } from './files.ts'
import type { ResolvedImage } from './resolve-images.ts'
import type { Step } from './steps.ts'
import { versionsOf } from './versions.ts'

export interface ApplyOptions {
  /** Services of the stack that its file does not have are removed. Default: they stay, as with `docker stack deploy`. */
  readonly prune?: boolean
  /** Changed contents of secrets and configs become new versions, to which the services are updated. Default: they are refused, as with `docker stack deploy`. */
  readonly rotate?: boolean
  /** When a registry is asked for an image's digest: at every deploy (the default), for a name that changed, or never. */
  readonly resolveImage?: 'always' | 'changed' | 'never'
  /** What registries said lately, by the image's name in the file: they are not asked again. */
  readonly answered?: ReadonlyMap<string, ResolvedImage>
  /** What the nodes log in to the image's registry with. */
  readonly auth?: (image: string) => RegistryAuth | undefined
}

/** What a deploy would do. */
export interface Decision {
  readonly changes: PlannedChange[]
  readonly problems: Problem[]
  /** In the order in which they are done. */
  readonly steps: Step[]
}

/** Collects a decision. */
export class Decisions implements Decision {
  readonly changes: PlannedChange[] = []
  readonly problems: Problem[] = []
  readonly steps: Step[] = []
  readonly stack: string

  constructor(stack: string) {
    this.stack = stack
  }

  change(kind: string, name: string, action: PlannedChange['action'], before: string, after: string, step?: Step, stack = this.stack): void {
    this.changes.push({ ref: { apiVersion: 'swarm', kind, namespace: stack, name }, action, before, after })
    if (step !== undefined) this.steps.push(step)
  }
}

/** What is to be done so that a swarm has this stack. Pure: what the registries and the manager say of images and contents is found out before. */
export function decideStack(stack: Stack, swarm: LiveSwarm, files: readonly FileDecision[], images: ReadonlyMap<string, ResolvedImage>, options: ApplyOptions): Decision {
  const decisions = new Decisions(stack.name)
  checkExternal(stack, swarm, decisions)
  prune(stack, swarm, options, decisions)
  decideNetworks(stack, swarm, decisions)
  for (const file of files) decideFile(file, options, decisions)
  decideServices(stack, swarm, files, images, options, decisions)
  removeOldVersions(swarm, files, decisions)
  return decisions
}

function checkExternal(stack: Stack, { networks, secrets, configs }: LiveSwarm, { problems }: Decisions): void {
  for (const { kind, name, at } of stack.external) {
    const network = networks.find(({ spec }) => spec.Name === name)
    // One that was rotated has another name now.
    const there = kind === 'network' ? network !== undefined : versionsOf(name, kind === 'secret' ? secrets : configs).length > 0
    if (!there) problems.push({ severity: 'error', message: `The ${kind} "${name}" is declared as external, and the swarm has none of that name: make it first, or leave external out.`, ...at })
    else if (kind === 'network' && network?.scope !== 'swarm') {
      problems.push({ severity: 'error', message: `The network "${name}" is one of this server alone (${network?.scope ?? ''}), and the other nodes do not have it: make an overlay network.`, ...at })
    }
  }
}

/** First: what goes may hold a port that something new wants. */
function prune(stack: Stack, swarm: LiveSwarm, options: ApplyOptions, decisions: Decisions): void {
  if (stack.name === NO_STACK) return
  for (const { id, spec } of servicesOfFile(swarm, stack.name)) {
    if (stack.services.some(({ Name }) => Name === spec.Name)) continue
    if (options.prune === true) decisions.change('Service', spec.Name, 'delete', serviceText(spec, stack.name), '', { do: 'remove', kind: 'service', name: spec.Name, id })
    else decisions.problems.push({ severity: 'warning', message: `The service ${spec.Name} belongs to this stack and is not in the file: it stays as it is. Remove it by pruning.` })
  }
}

function decideNetworks(stack: Stack, swarm: LiveSwarm, decisions: Decisions): void {
  const mine = inStack(swarm.networks, stack.name)
  for (const spec of stack.networks) {
    const live = mine.find((network) => network.spec.Name === spec.Name)
    const other = swarm.networks.find((network) => network.spec.Name === spec.Name && network.scope === 'swarm')
    if (live === undefined && other !== undefined) {
      decisions.problems.push({ severity: 'error', message: `There is a network ${spec.Name} already, which does not belong to this stack: declare it as external, or give this one another name.` })
    } else if (live === undefined) decisions.change('Network', spec.Name, 'create', '', networkText(spec, stack.name), { do: 'create network', spec })
    else {
      const [before, after] = [networkText(live.spec, stack.name), networkText(spec, stack.name)]
      decisions.change('Network', spec.Name, 'unchanged', before, before)
      if (!same(normalNetwork(live.spec), normalNetwork(spec)) && before !== after) {
        decisions.problems.push({ severity: 'warning', message: `The network ${spec.Name} stays as it is, for Swarm cannot change networks: remove the stack first if it must become what the file says.` })
      }
    }
  }
}

function decideFile({ kind, file, spec, state, live, version }: FileDecision, options: ApplyOptions, decisions: Decisions): void {
  const kindName = kind === 'secret' ? 'Secret' : 'Config'
  const before = live === undefined ? '' : fileText(kind, live.spec, live.contents)
  const after = fileText(kind, spec, file.contents)
  const step = { kind, contents: file.contents, id: live?.id ?? '', version: live?.version ?? 0 }
  switch (state) {
    case 'new': return decisions.change(kindName, spec.Name, 'create', '', after, { do: 'create file', spec, ...step })
    case 'unchanged': return decisions.change(kindName, spec.Name, 'unchanged', before, before)
    case 'labels': return decisions.change(kindName, spec.Name, 'update', before, after, { do: 'label file', spec, ...step })
    case 'changed':
      if (options.rotate === true && version !== undefined) return decisions.change(kindName, version.Name, 'create', '', fileText(kind, version, file.contents), { do: 'create file', spec: version, ...step })
      decisions.change(kindName, spec.Name, 'unchanged', before, before)
      decisions.problems.push({ severity: 'error', message: `The content of the ${kind} ${spec.Name} is another one now, and Swarm's ${kind}s cannot change: let it be rotated (a new version, to which the services are updated), or give it a new name.`, ...file.at })
  }
}

/** What an earlier rotation left, because it was still used then. */
function removeOldVersions(swarm: LiveSwarm, files: readonly FileDecision[], decisions: Decisions): void {
  for (const { kind, file, live, state } of files) {
    if (state === 'new' || state === 'changed') continue
    for (const version of versionsOf(file.spec.Name, kind === 'secret' ? swarm.secrets : swarm.configs)) {
      if (version.id === live?.id || usersOf(kind, version.spec.Name, swarm).length > 0) continue
      decisions.change(kind === 'secret' ? 'Secret' : 'Config', version.spec.Name, 'delete', fileText(kind, version.spec, version.contents), '', { do: 'remove', kind, name: version.spec.Name, id: version.id })
    }
  }
}

/** The services that have a secret or a config. */
export function usersOf(kind: 'secret' | 'config', name: string, { services }: LiveSwarm): string[] {
  return services.filter(({ spec: { TaskTemplate: { ContainerSpec: { Secrets, Configs } } } }) => (
    kind === 'secret' ? Secrets?.some(({ SecretName }) => SecretName === name) : Configs?.some(({ ConfigName }) => ConfigName === name))).map(({ spec }) => spec.Name)
}
