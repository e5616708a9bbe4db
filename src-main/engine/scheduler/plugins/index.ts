import type { FilterPlugin, Plugins, ScorePlugin } from '../framework.ts'
import { balancedAllocation } from './balanced-allocation.ts'
import { hostPorts } from './host-ports.ts'
import { imageLocality } from './image-locality.ts'
import { interPodAffinity, preferredInterPodAffinity } from './inter-pod-affinity.ts'
import { leastAllocated } from './least-allocated.ts'
import { localData } from './local-data.ts'
import { nodeAffinity, preferredNodeAffinity } from './node-affinity.ts'
import { nodeName } from './node-name.ts'
import { nodeReady } from './node-ready.ts'
import { nodeResourcesFit } from './node-resources-fit.ts'
import { nodeUnschedulable } from './node-unschedulable.ts'
import { ownerSpread } from './owner-spread.ts'
import { taintToleration } from './taint-toleration.ts'
import { preferredTopologySpread, topologySpread } from './topology-spread.ts'

/** What every pod is scheduled with. The order is that in which reasons are given: what no waiting helps against comes first. */
export const defaultPlugins: Plugins = {
  filters: [nodeUnschedulable, nodeName, localData, taintToleration, nodeReady, nodeAffinity, hostPorts, nodeResourcesFit, topologySpread, interPodAffinity] as readonly FilterPlugin[],
  scores: [taintToleration, preferredNodeAffinity, preferredTopologySpread, preferredInterPodAffinity, ownerSpread, leastAllocated, balancedAllocation, imageLocality] as readonly ScorePlugin[],
}
