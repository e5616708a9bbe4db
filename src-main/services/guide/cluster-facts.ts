import type { AppSummary, ClusterFacts } from '../../common/contract/index.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { GPU_RESOURCE } from '../../common/kube/gpus.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import { asksFor, ASKS } from '../../swarm/extras/labels.ts'
import type { SwarmPicture } from '../../swarm/state/picture.ts'

/** Of a Kubernetes cluster. Pure. */
export function kubernetesFacts({ nodes, apps, autoscalers }: { nodes: readonly Frozen<Node>[]; apps: readonly AppSummary[]; autoscalers: number }): ClusterFacts {
  return {
    servers: nodes.length, services: apps.filter(({ ref }) => ref.namespace !== KUBE_SYSTEM).length,
    gpuServers: nodes.filter(({ status }) => Number(status?.capacity?.[GPU_RESOURCE] ?? 0) > 0).length, autoscaled: autoscalers,
  }
}

/** Of a swarm. GPUs are told by those who declared them to Docker as generic resources; that is how its services ask for them. Pure. */
export function swarmFacts({ nodes, services }: Pick<SwarmPicture, 'nodes' | 'services'>): ClusterFacts {
  const hasGpu = (kind: string | undefined): boolean => kind !== undefined && /gpu/i.test(kind)
  return {
    servers: nodes.length, services: services.length,
    gpuServers: nodes.filter(({ Description }) => (Description.Resources?.GenericResources ?? []).some(({ NamedResourceSpec, DiscreteResourceSpec }) => hasGpu(NamedResourceSpec?.Kind ?? DiscreteResourceSpec?.Kind))).length,
    autoscaled: services.filter((service) => asksFor(service, ASKS.autoscale)).length,
  }
}
