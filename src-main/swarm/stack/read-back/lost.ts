import type { ComposeModel } from '../../../common/compose/forms/file.ts'
import { withoutDigest } from '../image-name.ts'
import { differences, normalService } from '../normal.ts'
import type { ContainerServiceSpec } from '../../docker/specs.ts'
import { stackOf } from '../stack-of.ts'
import { keyOf } from './read-back.ts'

/** What of the services does not come back when their file is deployed: found by doing so on paper, so that nothing can be missed. */
export function lostIn(services: readonly ContainerServiceSpec[], model: ComposeModel, stack: string): string[] {
  const again = stackOf(model, stack).stack.services
  return services.flatMap((spec) => {
    const name = keyOf(spec, stack)
    const made = again.find(({ Name }) => Name === spec.Name)
    if (made === undefined) return [`The service ${spec.Name} has not the stack's name in front: deploying the file would make a second one, ${stack}_${name}. Remove this one then.`]
    return differences(comparable(spec), comparable(made)).map((field) => `The file cannot say what ${name} has as ${field}: deploying it changes that.`)
  })
}

/** A digest, and the platforms that came with it, are kept as long as the file names the same image; the order of variables, as long as they are the same. */
function comparable(spec: ContainerServiceSpec): ContainerServiceSpec {
  const normal = normalService(spec)
  const { Platforms: _, ...placement } = normal.TaskTemplate.Placement ?? {}
  const { Env, ...container } = normal.TaskTemplate.ContainerSpec
  return normalService({ ...normal, TaskTemplate: { ...normal.TaskTemplate, Placement: placement, ContainerSpec: { ...container, ...(Env === undefined ? {} : { Env: [...Env].sort() }), Image: withoutDigest(normal.TaskTemplate.ContainerSpec.Image) } } })
}
