import type { Service } from '../../../common/compose/forms/service.ts'
import { writeCompose } from '../../../common/compose/write.ts'
import { stringify } from 'yaml'
import type { Contents } from '../../docker/contents.ts'
import { VERSION_OF } from '../live-stack.ts'
import { StackLabel } from '../names.ts'
import { normalService } from '../normal.ts'
import { externally, keyOf, serviceKeys } from '../read-back/read-back.ts'
import { FileParts, without } from '../read-back/context.ts'
import { networkKeys } from '../read-back/endpoint.ts'
import type { FileSpec, NetworkSpec, ContainerServiceSpec } from '../../docker/specs.ts'

/** A service as a Compose file says it, for the diff: with the image's digest, which the file leaves to the registry. */
export function serviceText(given: ContainerServiceSpec, stack: string): string {
  const spec = normalService(given)
  const parts = new FileParts(stack)
  const keys: Service = serviceKeys(spec, parts, { ofStack: (_, name) => externally(stack, name), networkOf: () => undefined })
  const volumes = Object.entries(parts.part('volumes') ?? {}).filter(([, volume]) => volume.external !== true && Object.keys(volume).length > 0)
  return writeCompose({ services: { [keyOf(spec, stack)]: { ...keys, image: spec.TaskTemplate.ContainerSpec.Image } }, ...(volumes.length === 0 ? {} : { volumes: Object.fromEntries(volumes) }) })
}

export function networkText(spec: NetworkSpec, stack: string): string {
  return stringify({ name: spec.Name, ...networkKeys(spec.Name, spec, stack) }, { lineWidth: 0 })
}

/** A secret's content is never shown; a config's is. */
export function fileText(kind: 'secret' | 'config', spec: FileSpec, contents: Contents | undefined): string {
  const content = kind === 'config' && contents !== undefined ? { content: contents.text ?? contents.toJSON() } : {}
  return stringify({ name: spec.Name, labels: without(spec.Labels, StackLabel.namespace, VERSION_OF), driver: spec.Driver?.Name, template_driver: spec.Templating?.Name, ...content }, { lineWidth: 0 })
}
