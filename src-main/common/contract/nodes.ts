import type { PodPath } from '../kube/pod-network.ts'
import type { Explanation, Health, ObjectRef } from './objects.ts'

export type { NetworkMode, PodPath } from '../kube/pod-network.ts'

export interface NodeSummary {
  id: string
  ref: ObjectRef
  health: Health
  why?: Explanation
  address: string
  os: string
  architecture: string
  dockerVersion: string
  schedulable: boolean
  capacity: { cpuMilli: number; memoryBytes: number; pods: number }
  requested: { cpuMilli: number; memoryBytes: number }
  pods: number
  labels: Record<string, string>
  conditions: { type: string; ok: boolean; message: string }[]
  /** How other nodes' pods are reached from it; absent where nothing is known of it, or nobody is there. What is wrong with it is in the conditions. */
  podPaths?: PodPath[]
  createdAt: number
}
