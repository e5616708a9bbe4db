import type Docker from 'dockerode'
import type { Plan } from '../../../common/contract/index.ts'
import type { LiveSwarm } from '../live-stack.ts'
import { inStack, readSwarm, servicesOfFile } from '../live-stack.ts'
import { SwarmApi } from '../../docker/swarm-api.ts'
import { hasImage } from '../image-name.ts'
import { NO_STACK } from '../names.ts'
import type { Stack, StackReading } from '../stack-of.ts'
import type { ApplyOptions, Decision } from './decide.ts'
import { decideStack } from './decide.ts'
import type { FileDecision } from './files.ts'
import { decideFiles } from './files.ts'
import type { ResolvedImage } from './resolve-images.ts'
import { resolveImages } from './resolve-images.ts'

/** A plan, and what a person may decide about it. */
export interface DeployPlan extends Plan {
  /** Secrets and configs that are there with another content: a rotation would bring the new one. */
  readonly changed: readonly { readonly kind: 'secret' | 'config'; readonly name: string }[]
  /** The stack's services that the file does not have: they stay, unless they are pruned. */
  readonly missing: readonly string[]
}

/** What deploying a stack would do to a swarm, and what stands in the way. Writes nothing. `docker`: a manager's. */
export async function planStack(docker: Docker, reading: StackReading, options: ApplyOptions = {}): Promise<Plan> {
  const { changes, problems } = await planDeploy(docker, reading, options)
  return { changes, problems }
}

/** As `planStack`, with what a person may decide about it. */
export async function planDeploy(docker: Docker, reading: StackReading, options: ApplyOptions): Promise<DeployPlan> {
  return planOf(reading, await decide(new SwarmApi(docker), reading, options))
}

/** What was decided, for a person to look at. Pure. */
export function planOf(reading: StackReading, { changes, problems, swarm, files }: DeployDecision): DeployPlan {
  return {
    changes, problems: [...reading.problems, ...reading.ignored, ...problems],
    changed: files.filter(({ state }) => state === 'changed').map(({ kind, file }) => ({ kind, name: file.spec.Name })),
    missing: reading.stack.name === NO_STACK ? [] : servicesOfFile(swarm, reading.stack.name).map(({ spec }) => spec.Name).filter((name) => !reading.stack.services.some(({ Name }) => Name === name)),
  }
}

/** What is to be done, and from what that was seen. */
export interface DeployDecision extends Decision {
  readonly swarm: LiveSwarm
  readonly files: readonly FileDecision[]
  /** What the registries said of the images that were asked about. */
  readonly images: ReadonlyMap<string, ResolvedImage>
}

/** The plan with its steps, from what the manager and the registries say now. */
export async function decide(manager: SwarmApi, { stack, problems }: StackReading, given: ApplyOptions): Promise<DeployDecision> {
  const swarm = await readSwarm(manager)
  // As `docker service update`: the registry is asked for another image only.
  const options: ApplyOptions = stack.name === NO_STACK ? { ...given, resolveImage: 'changed' } : given
  // What cannot be deployed is not asked about.
  if (problems.some(({ severity }) => severity === 'error')) return { changes: [], problems: [], steps: [], swarm, files: [], images: new Map() }
  const { answered = new Map<string, ResolvedImage>() } = options
  const wanted = imagesToAsk(stack, swarm, options)
  const [files, asked] = await Promise.all([decideFiles(manager, swarm, stack), resolveImages(manager, wanted.filter((image) => !answered.has(image)), (image) => options.auth?.(image))])
  const images = new Map([...[...answered].filter(([image]) => wanted.includes(image)), ...asked])
  return { ...decideStack(stack, swarm, files, images, options), swarm, files, images }
}

function imagesToAsk(stack: Stack, swarm: LiveSwarm, { resolveImage = 'always' }: ApplyOptions): string[] {
  if (resolveImage === 'never') return []
  const before = new Map(inStack(swarm.services, stack.name).map(({ spec }) => [spec.Name, spec]))
  return stack.services.flatMap(({ Name, TaskTemplate: { ContainerSpec: { Image } } }) => {
    const live = before.get(Name)
    return resolveImage === 'always' || live === undefined || !hasImage(live, Image) ? [Image] : []
  })
}
