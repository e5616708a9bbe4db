import type { Contents } from '../contents.ts'
import type { LiveService } from '../live-stack.ts'
import type { RegistryAuth } from '../manager.ts'
import type { FileSpec, NetworkSpec, ServiceSpec } from '../specs.ts'

type FileKind = 'secret' | 'config'

/** One thing to do to a swarm. Secrets' contents are in it, but not seen when it is printed. */
export type Step =
  | { readonly do: 'create network'; readonly spec: NetworkSpec }
  | { readonly do: 'create file' | 'label file'; readonly kind: FileKind; readonly spec: FileSpec; readonly contents: Contents | undefined; readonly id: string; readonly version: number }
  | { readonly do: 'create service'; readonly spec: ServiceSpec; readonly auth: RegistryAuth | undefined }
  | { readonly do: 'update service'; readonly spec: ServiceSpec; readonly auth: RegistryAuth | undefined; readonly live: LiveService }
  | { readonly do: 'remove'; readonly kind: FileKind | 'service' | 'network'; readonly name: string; readonly id: string }

/** A step in words: `create the service app_web`. */
export function stepText(step: Step): string {
  switch (step.do) {
    case 'create network': return `create the network ${step.spec.Name}`
    case 'create file': return `create the ${step.kind} ${step.spec.Name}`
    case 'label file': return `update the labels of the ${step.kind} ${step.spec.Name}`
    case 'create service': return `create the service ${step.spec.Name}`
    case 'update service': return `update the service ${step.spec.Name}`
    case 'remove': return `remove the ${step.kind} ${step.name}`
  }
}
