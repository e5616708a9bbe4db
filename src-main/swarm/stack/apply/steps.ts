import type { StackStep } from '../../../common/contract/index.ts'
import type { Contents } from '../../docker/contents.ts'
import type { LiveService } from '../live-stack.ts'
import type { RegistryAuth } from '../../docker/types.ts'
import type { FileSpec, NetworkSpec, ContainerServiceSpec } from '../../docker/specs.ts'

type FileKind = 'secret' | 'config'

/** One thing to do to a swarm. Secrets' contents are in it, but not seen when it is printed. */
export type Step =
  | { readonly do: 'create network'; readonly spec: NetworkSpec }
  | { readonly do: 'create file' | 'label file'; readonly kind: FileKind; readonly spec: FileSpec; readonly contents: Contents | undefined; readonly id: string; readonly version: number }
  | { readonly do: 'create service'; readonly spec: ContainerServiceSpec; readonly auth: RegistryAuth | undefined }
  | { readonly do: 'update service'; readonly spec: ContainerServiceSpec; readonly auth: RegistryAuth | undefined; readonly live: LiveService }
  /** Until none of these services is being updated any more. */
  | { readonly do: 'wait'; readonly services: readonly string[] }
  | { readonly do: 'remove'; readonly kind: FileKind | 'service' | 'network'; readonly name: string; readonly id: string }

/** A step in words: `create the service app_web`. */
export function stepText(step: Step): string {
  switch (step.do) {
    case 'create network': return `create the network ${step.spec.Name}`
    case 'create file': return `create the ${step.kind} ${step.spec.Name}`
    case 'label file': return `update the labels of the ${step.kind} ${step.spec.Name}`
    case 'create service': return `create the service ${step.spec.Name}`
    case 'update service': return `update the service ${step.spec.Name}`
    case 'wait': return `wait until ${step.services.join(', ')} ${step.services.length === 1 ? 'is' : 'are'} updated`
    case 'remove': return `remove the ${step.kind} ${step.name}`
  }
}

/** A step as the screens tell it in their own words. */
export function toldStep(step: Step): StackStep {
  switch (step.do) {
    case 'create network': return { do: 'create', kind: 'network', name: step.spec.Name }
    case 'create file': return { do: 'create', kind: step.kind, name: step.spec.Name }
    case 'label file': return { do: 'label', kind: step.kind, name: step.spec.Name }
    case 'create service': return { do: 'create', kind: 'service', name: step.spec.Name }
    case 'update service': return { do: 'update', kind: 'service', name: step.spec.Name }
    case 'wait': return { do: 'wait', kind: 'service', name: step.services.join(', ') }
    case 'remove': return { do: 'remove', kind: step.kind, name: step.name }
  }
}
