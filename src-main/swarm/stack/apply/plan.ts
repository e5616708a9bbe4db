import type Docker from 'dockerode'
import type { Plan } from '../../../common/contract/index.ts'
import type { LiveSwarm } from '../live-stack.ts'
import { inStack, readSwarm } from '../live-stack.ts'
import { Manager } from '../manager.ts'
import { StackLabel } from '../names.ts'
import type { Stack, StackReading } from '../stack-of.ts'
import type { ApplyOptions, Decision } from './decide.ts'
import { decideStack } from './decide.ts'
import { decideFiles } from './files.ts'
import { resolveImages } from './resolve-images.ts'

/** What deploying a stack would do to a swarm, and what stands in the way. Writes nothing. `docker`: a manager's. */
export async function planStack(docker: Docker, reading: StackReading, options: ApplyOptions = {}): Promise<Plan> {
  const { changes, problems } = await decide(new Manager(docker), reading, options)
  return { changes, problems: [...reading.problems, ...reading.ignored, ...problems] }
}

/** The plan with its steps, from what the manager and the registries say now. */
export async function decide(manager: Manager, { stack, problems }: StackReading, options: ApplyOptions): Promise<Decision & { swarm: LiveSwarm }> {
  const swarm = await readSwarm(manager)
  // What cannot be deployed is not asked about.
  if (problems.some(({ severity }) => severity === 'error')) return { changes: [], problems: [], steps: [], swarm }
  const [files, images] = await Promise.all([decideFiles(manager, swarm, stack), resolveImages(manager, imagesToAsk(stack, swarm, options), (image) => options.auth?.(image))])
  return { ...decideStack(stack, swarm, files, images, options), swarm }
}

function imagesToAsk(stack: Stack, swarm: LiveSwarm, { resolveImage = 'always' }: ApplyOptions): string[] {
  if (resolveImage === 'never') return []
  const before = new Map(inStack(swarm.services, stack.name).map(({ spec }) => [spec.Name, spec.Labels?.[StackLabel.image]]))
  const asked = stack.services.filter(({ Name, TaskTemplate }) => resolveImage === 'always' || before.get(Name) !== TaskTemplate.ContainerSpec.Image)
  return asked.map(({ TaskTemplate }) => TaskTemplate.ContainerSpec.Image)
}
