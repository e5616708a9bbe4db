import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../common/canonical-json.ts'
import type { ServiceSpec, TaskSpec } from '../../docker/specs.ts'
import type { SwarmService } from '../../docker/types.ts'
import { withoutDigest } from '../../stack/image-name.ts'
import { StackLabel } from '../../stack/names.ts'
import { ASKS, labelsOf, STATUS_PREFIX } from '../labels.ts'
import { canaryLabels } from './canary-state.ts'
import type { CanaryState } from './canary-state.ts'
import { canaryName } from './settings.ts'

/** An image as it is written into a service: with its digest and its platforms, where its registry told them. */
export interface PinnedImage {
  readonly image: string
  readonly platforms?: NonNullable<TaskSpec['Placement']>['Platforms']
}

/** What tells two versions of a service apart, but for its number of tasks and how often these were made anew by force. */
export function templateHash({ Spec: { TaskTemplate: { ForceUpdate: _, ...template }, EndpointSpec } }: SwarmService): string {
  return createHash('sha256').update(canonicalJson([template, EndpointSpec])).digest('hex').slice(0, 12)
}

/** The image of a service as it is written there. */
export function imageOf({ Spec: { TaskTemplate: { ContainerSpec } } }: SwarmService): string {
  return ContainerSpec?.Image ?? ''
}

/**
 * The second service: as the first, with another image, under the same names in the same networks, and with none of its labels that ask for something. It belongs to
 * the same stack: whoever removes that removes both.
 */
export function canarySpec(service: SwarmService, state: CanaryState, pinned: PinnedImage, replicas: number): ServiceSpec {
  const { Spec } = service
  const { ForceUpdate: _, ...template } = Spec.TaskTemplate
  const kept = Object.entries(labelsOf(service)).filter(([label]) => !label.startsWith(STATUS_PREFIX) && !Object.values(ASKS).some((root) => label === root || label.startsWith(`${root}.`)))
  const spec: ServiceSpec = {
    ...Spec, Name: canaryName(service), Labels: { ...Object.fromEntries(kept), ...canaryLabels(service, state) },
    TaskTemplate: { ...template, ...(template.Networks === undefined || template.Networks === null ? {} : { Networks: template.Networks.map((network) => ({ ...network, Aliases: [...new Set([...(network.Aliases ?? []), Spec.Name])] })) }) },
    Mode: { Replicated: { Replicas: replicas } },
  }
  return withImage(spec, pinned)
}

/** A spec with another image. What a stack file said of the image before goes, or `docker stack deploy` would take it for the present one. */
export function withImage(spec: ServiceSpec, { image, platforms }: PinnedImage): ServiceSpec {
  const { Platforms: _, ...placement } = spec.TaskTemplate.Placement ?? {}
  const said = spec.Labels?.[StackLabel.image]
  return {
    ...spec, ...(said === undefined ? {} : { Labels: { ...spec.Labels, [StackLabel.image]: withoutDigest(image) } }),
    TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { ...spec.TaskTemplate.ContainerSpec, Image: image }, Placement: { ...placement, ...(platforms === undefined || platforms === null || platforms.length === 0 ? {} : { Platforms: platforms }) } },
  }
}
