import type Docker from 'dockerode'
import type { Plan } from '../../../common/contract/index.ts'
import { badRequest, StatusError } from '../../../common/errors.ts'
import type { Contents } from '../../docker/contents.ts'
import { sizeProblem } from '../convert/files.ts'
import type { LiveFile, LiveService, LiveSwarm } from '../live-stack.ts'
import { readSwarm, VERSION_OF } from '../live-stack.ts'
import { SwarmApi } from '../../docker/swarm-api.ts'
import { NO_STACK, StackLabel } from '../names.ts'
import type { FileSpec, ContainerServiceSpec } from '../../docker/specs.ts'
import type { AppliedStack } from './apply.ts'
import { fileText, serviceText } from './change-text.ts'
import { Decisions, usersOf } from './decide.ts'
import { withVersions } from './decide-services.ts'
import { finishRotation } from './finish-rotation.ts'
import type { RunOptions } from './run-steps.ts'
import { runSteps } from './run-steps.ts'
import { holds, newestVersion, versionName, versionsOf } from './versions.ts'

export interface FileRotation {
  readonly kind: 'secret' | 'config'
  /** The plain name. */
  readonly name: string
  /** Undefined: a rotation that stopped goes on, to the newest version. */
  readonly contents: Contents | undefined
}

interface Target {
  readonly spec: FileSpec
  /** It is there already. */
  readonly live: LiveFile | undefined
}

/** What a rotation would do: a version with the new content, the services that get it, what goes then. Writes nothing. NotFound when there is no such secret or config. */
export async function planRotation(docker: Docker, rotation: FileRotation): Promise<Plan> {
  const manager = new SwarmApi(docker)
  const swarm = await readSwarm(manager)
  const { changes, problems } = decideRotation(rotation, swarm, await targetOf(manager, rotation, swarm))
  return { changes, problems }
}

/**
 * Brings new content to all services that have a secret or a config, waits until they are updated, and removes the versions that nobody has any more. A StackStoppedError when it stops
 * midway: doing it again, with or without the content, goes on from there.
 */
export async function rotateFile(docker: Docker, rotation: FileRotation, options: RunOptions = {}): Promise<AppliedStack> {
  const manager = new SwarmApi(docker)
  const swarm = await readSwarm(manager)
  const target = await targetOf(manager, rotation, swarm)
  const { steps } = decideRotation(rotation, swarm, target)
  const done = await runSteps(manager, `The rotation of ${rotation.name}`, steps, options)
  const names = new Set(versionsOf(rotation.name, swarm[`${rotation.kind}s`]).map(({ spec }) => spec.Name).concat(target.spec.Name))
  const finished = await finishRotation(manager, {
    files: [{ kind: rotation.kind, base: rotation.name }], target: target.spec.Name,
    isMine: (service) => [...names].some((name) => uses(rotation.kind, service, name)),
    updated: steps.flatMap((step) => (step.do === 'update service' ? [step.spec.Name] : [])),
  }, options)
  return { done: [...done, ...finished.done], warnings: finished.kept }
}

async function targetOf(manager: SwarmApi, { kind, name, contents }: FileRotation, swarm: LiveSwarm): Promise<Target> {
  const live = swarm[`${kind}s`]
  const versions = versionsOf(name, live)
  const newest = newestVersion(name, live)
  if (newest === undefined) throw new StatusError('NotFound', `There is no ${kind} ${name} (any more).`)
  if ((newest.spec.Driver?.Name ?? '') !== '') throw badRequest(`What the ${kind} ${name} holds is kept outside, by the plugin ${newest.spec.Driver?.Name ?? ''}: change it there.`)
  if (contents === undefined) {
    if (versions.length < 2) throw badRequest(`The ${kind} ${name} has one version only: there is no rotation to go on with. Give it a new content.`)
    return { spec: newest.spec, live: newest }
  }
  const wrong = sizeProblem(kind, name, contents)
  if (wrong !== undefined) throw badRequest(wrong)
  for (const version of versions) if (await holds(manager, kind, version, contents)) return { spec: version.spec, live: version }
  return { spec: { ...newest.spec, Name: await versionName(kind, name, contents), Labels: { ...newest.spec.Labels, [VERSION_OF]: name } }, live: undefined }
}

/** Pure. Its steps end with the services' updates; what can be removed then is known only when they are over. */
export function decideRotation({ kind, name, contents }: FileRotation, swarm: LiveSwarm, { spec, live }: Target): Decisions {
  const decisions = new Decisions(spec.Labels?.[StackLabel.namespace] ?? NO_STACK)
  const kindName = kind === 'secret' ? 'Secret' : 'Config'
  const after = fileText(kind, spec, contents ?? live?.contents)
  if (live === undefined) decisions.change(kindName, spec.Name, 'create', '', after, { do: 'create file', kind, spec, contents, id: '', version: 0 })
  else decisions.change(kindName, spec.Name, 'unchanged', after, after)
  const old = versionsOf(name, swarm[`${kind}s`]).filter((version) => version.spec.Name !== spec.Name)
  const names = new Map(old.map((version) => [`${kind} ${version.spec.Name}`, spec.Name]))
  for (const service of swarm.services) {
    if (!old.some((version) => uses(kind, service, version.spec.Name))) continue
    const wanted: ContainerServiceSpec = withVersions(service.spec, names)
    const stack = service.spec.Labels?.[StackLabel.namespace] ?? NO_STACK
    decisions.change('Service', wanted.Name, 'update', serviceText(service.spec, stack), serviceText(wanted, stack), { do: 'update service', spec: wanted, auth: undefined, live: service }, stack)
  }
  // Without a content a rotation that stopped goes on, perhaps only to the removal of what is left.
  if (contents !== undefined && live !== undefined && old.length === 0) decisions.problems.push({ severity: 'warning', message: `${name} holds exactly this already: there is nothing to rotate.` })
  for (const version of old) decisions.change(kindName, version.spec.Name, 'delete', fileText(kind, version.spec, version.contents), '')
  return decisions
}

function uses(kind: 'secret' | 'config', service: LiveService, name: string): boolean {
  return usersOf(kind, name, { services: [service], networks: [], secrets: [], configs: [] }).length > 0
}
