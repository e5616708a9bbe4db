import { hasImage, taggedImage } from '../image-name.ts'
import type { LiveService, LiveSwarm } from '../live-stack.ts'
import { inStack } from '../live-stack.ts'
import { differences, normalService, same } from '../normal.ts'
import { withContainer, withTask } from '../../docker/edit-spec.ts'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import type { Stack } from '../stack-of.ts'
import { statusLabels } from '../status-labels.ts'
import { asLive } from './as-live.ts'
import { serviceText } from './change-text.ts'
import type { ApplyOptions, Decisions } from './decide.ts'
import type { FileDecision } from './files.ts'
import type { ResolvedImage } from './resolve-images.ts'
import { newestVersion } from './versions.ts'

/** What is to be done about the services: made, updated, or left in peace where nothing would change. */
export function decideServices(stack: Stack, swarm: LiveSwarm, files: readonly FileDecision[], images: ReadonlyMap<string, ResolvedImage>, options: ApplyOptions, decisions: Decisions): void {
  const mine = inStack(swarm.services, stack.name)
  const names = new Map([...externalVersions(stack, swarm), ...versionsInUse(files, options)])
  for (const wanted of stack.services) {
    const live = mine.find(({ spec }) => spec.Name === wanted.Name)
    if (live === undefined && swarm.services.some(({ spec }) => spec.Name === wanted.Name)) {
      decisions.problems.push({ severity: 'error', message: `There is a service ${wanted.Name} already, which does not belong to this stack: remove it, or give this one another name.` })
      continue
    }
    const image = wanted.TaskTemplate.ContainerSpec.Image
    const made = withImage(inLiveOrder(withVersions(wanted, names), live), live, images.get(image), options)
    const written = live === undefined ? made : asLive(made, live.spec)
    const spec: ContainerServiceSpec = { ...written, Labels: { ...made.Labels, ...statusLabels(live?.spec.Labels) } }
    const problem = images.get(image)?.problem
    if (problem !== undefined && live?.spec.TaskTemplate.ContainerSpec.Image !== spec.TaskTemplate.ContainerSpec.Image) {
      decisions.problems.push({ severity: 'warning', message: `The registry could not be asked for the image ${image} (${problem}): each node takes the one that it finds, and they may not be the same.` })
    }
    const after = serviceText(spec, stack.name)
    const auth = options.auth?.(image)
    if (live === undefined) decisions.change('Service', spec.Name, 'create', '', after, { do: 'create service', spec, auth })
    else if (same(normalService(live.spec), normalService(spec))) decisions.change('Service', spec.Name, 'unchanged', after, after)
    else decisions.change('Service', spec.Name, 'update', serviceText(live.spec, stack.name), withUnsaid(live.spec, spec, after, stack.name), { do: 'update service', spec, auth, live })
  }
}

/** Where the texts are the same although something changes that Compose has no word for, it is named below. */
function withUnsaid(before: ContainerServiceSpec, after: ContainerServiceSpec, text: string, stack: string): string {
  if (serviceText(before, stack) !== text) return text
  return `${text}${differences(normalService(before), normalService(after)).map((field) => `# changes, too: ${field}\n`).join('')}`
}

/** What is external and was rotated goes by the name of its newest version. */
function externalVersions({ external }: Stack, swarm: LiveSwarm): Map<string, string> {
  return new Map(external.flatMap(({ kind, name }): [string, string][] => {
    const newest = kind === 'network' ? undefined : newestVersion(name, swarm[`${kind}s`])
    return newest === undefined ? [] : [[`${kind} ${name}`, newest.spec.Name]]
  }))
}

/** By the names in the file: the versions that services get. */
function versionsInUse(files: readonly FileDecision[], { rotate }: ApplyOptions): Map<string, string> {
  return new Map(files.map(({ kind, file, spec, version }) => [`${kind} ${file.spec.Name}`, rotate === true && version !== undefined ? version.Name : spec.Name]))
}

/** With other versions of secrets and configs: `names` has the new name by `secret NAME` or `config NAME`. */
export function withVersions(spec: ContainerServiceSpec, names: ReadonlyMap<string, string>): ContainerServiceSpec {
  const container = spec.TaskTemplate.ContainerSpec
  const config = container.Privileges?.CredentialSpec?.Config
  return withContainer(spec, {
    ...(container.Secrets === undefined ? {} : { Secrets: container.Secrets.map((secret) => ({ ...secret, SecretName: names.get(`secret ${secret.SecretName}`) ?? secret.SecretName })) }),
    ...(container.Configs === undefined ? {} : { Configs: container.Configs.map((entry) => ({ ...entry, ConfigName: names.get(`config ${entry.ConfigName}`) ?? entry.ConfigName })) }),
    ...(config === undefined ? {} : { Privileges: { CredentialSpec: { ...container.Privileges?.CredentialSpec, Config: names.get(`config ${config}`) ?? config } } }),
  })
}

/** Docker's own tool writes the targets of one secret in any order, and `docker service create` variables as they were typed; another order would replace all tasks: the one that is there stays. */
function inLiveOrder(spec: ContainerServiceSpec, live: LiveService | undefined): ContainerServiceSpec {
  const container = spec.TaskTemplate.ContainerSpec
  const before = live?.spec.TaskTemplate.ContainerSpec
  const order = <T>(wanted: T[], there: readonly T[] | null | undefined): T[] => {
    const place = (item: T): number => (there ?? []).findIndex((other) => same(item, other))
    return wanted.every((item) => place(item) >= 0) ? [...wanted].sort((a, b) => place(a) - place(b)) : wanted
  }
  return withContainer(spec, {
    ...(container.Env === undefined ? {} : { Env: order(container.Env, before?.Env) }),
    ...(container.Secrets === undefined ? {} : { Secrets: order(container.Secrets, before?.Secrets) }), ...(container.Configs === undefined ? {} : { Configs: order(container.Configs, before?.Configs) }),
  })
}

/**
 * The image with its digest, and the platforms that it runs on, as far as the registry told; otherwise those that the service has, when the file names the same image as before:
 * a registry that is away restarts nothing. How often the service was restarted by force is kept, too.
 */
function withImage(spec: ContainerServiceSpec, live: LiveService | undefined, resolved: ResolvedImage | undefined, { resolveImage = 'always' }: ApplyOptions): ContainerServiceSpec {
  const task = spec.TaskTemplate
  const before = live?.spec.TaskTemplate
  const isSameName = live !== undefined && hasImage(live.spec, task.ContainerSpec.Image)
  const kept = before !== undefined && isSameName && (resolveImage !== 'always' || resolved === undefined || resolved.problem !== undefined)
  const image = kept ? before.ContainerSpec.Image : resolved?.image ?? taggedImage(task.ContainerSpec.Image)
  const platforms = kept ? before.Placement?.Platforms : resolved?.platforms
  return withTask(withContainer(spec, { Image: image }), {
    Placement: { ...task.Placement, ...(platforms === undefined ? {} : { Platforms: platforms }) },
    ...(before?.ForceUpdate === undefined ? {} : { ForceUpdate: before.ForceUpdate }),
  })
}
