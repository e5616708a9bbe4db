import type { Condition } from './generated/meta-v1.ts'
import type { Pod, Service } from './generated/core-v1.ts'
import type { KubeObject } from './object.ts'
import { controllerOf } from './owners.ts'
import type { Resource } from './resource.ts'

/** Brings a new template of one Deployment in by steps, and takes it back when it is not good. The Deployment itself stays as it is everywhere. */
export interface Rollout extends KubeObject {
  spec: RolloutSpec
  status?: RolloutStatus
}

export interface RolloutSpec {
  /** The Deployment's name, in the same namespace. */
  deployment: string
  strategy: RolloutStrategy
}

/** One of the two. */
export interface RolloutStrategy {
  canary?: CanaryStrategy
  blueGreen?: BlueGreenStrategy
}

/** A growing part of the requests goes to the new revision. After the last step it gets all. */
export interface CanaryStrategy {
  steps: CanaryStep[]
  analysis?: AnalysisSpec
}

/** One of the two. */
export interface CanaryStep {
  /** Percent of the requests that the new revision gets. */
  weight?: number
  /** Waits; without seconds until somebody promotes. */
  pause?: { seconds?: number }
}

/** All of the new revision runs beside the old one, then everything is switched at once. */
export interface BlueGreenStrategy {
  /** Switch without being told. Default true. */
  autoPromote?: boolean
  /** How long the new revision is there before that. Default 0. */
  autoPromoteSeconds?: number
  /** How long the old one stays after the switch, for the way back. Default 30. */
  scaleDownDelaySeconds?: number
  /** A Service that leads to the new revision only, while there is one. */
  previewService?: string
  analysis?: AnalysisSpec
}

/** What the new revision is held to, as long as it is new. */
export interface AnalysisSpec {
  /** Seconds between looks. Default 10. */
  intervalSeconds?: number
  /** A pod that was Ready and is no more counts against it. Default true. */
  ready?: boolean
  /** Restarts of its containers, all together. Default 0. */
  maxRestarts?: number
  /** Percent of its requests that fail (5xx, or no answer), as the ingress sees them. Default 5. */
  maxErrorPercent?: number
  /** Mean time to the answer, as the ingress sees it. Default: any. */
  maxMeanMs?: number
  /** With fewer requests since the last judgement, they are not judged. Default 20. */
  minRequests?: number
  /** Looks that may find something. Default 0. */
  failureLimit?: number
}

export type RolloutPhase = 'Waiting' | 'Healthy' | 'Progressing' | 'Paused' | 'Aborted'

/** Where it stands. Revisions are named by their ReplicaSets' `pod-template-hash`. */
export interface RolloutStatus {
  observedGeneration?: number
  phase?: RolloutPhase
  /** What it does and why, for people. */
  message?: string
  /** The revision that is known to be good; none: the Deployment rolls in its own way, as at its first time. */
  stable?: string
  /** The revision that is being brought in, or was taken back. */
  canary?: string
  /** The step under way, from 0; `steps` when all are done. */
  step?: number
  steps?: number
  /** RFC 3339 with microseconds. */
  stepStartedAt?: string
  /** Percent of the requests that the canary is to have now. */
  weight?: number
  /** The last order (`ROLLOUT_ORDER`) that was looked at. */
  order?: string
  /** The one thing that the Deployment, the Services and the ingress go by. Empty: it has no say. */
  traffic?: RevisionTraffic[]
  analysis?: AnalysisStatus
  conditions?: Condition[]
}

/** One revision's part. */
export interface RevisionTraffic {
  hash: string
  replicaSet: string
  /** Percent of the requests: what was asked for, or what it really is where nothing but the number of pods shares them. With 0 no Service leads to it. */
  weight: number
  /** Pods that it shall have; absent: as many as the Deployment says. */
  replicas?: number
}

/** What was seen since the canary began. */
export interface AnalysisStatus {
  /** Looks that found something. */
  failures: number
  message: string
  stable?: RequestCounts
  canary?: RequestCounts
}

export interface RequestCounts {
  requests: number
  errors: number
  /** Of those since the last look. */
  meanMs?: number
}

export const Rollouts: Resource<Rollout> = { group: 'toque.dev', version: 'v1', kind: 'Rollout', plural: 'rollouts', namespaced: true }

/**
 * The annotation by which a person steers: an order, then anything, such as the reason or the time. Each text is obeyed once, so a second one of a kind
 * needs another: `kubectl annotate --overwrite rollout web toque.dev/order="promote $(date +%s)"`.
 */
export const ROLLOUT_ORDER = 'toque.dev/order'
/** `promote` ends the pause, `promote-all` leaves out all steps, `abort` goes back, `retry` begins an aborted one anew. */
export const ORDERS = ['promote', 'promote-all', 'abort', 'retry'] as const
export type OrderVerb = (typeof ORDERS)[number]

/** An order's first word, and the rest. */
export function parseOrder(text: string): { verb: OrderVerb; words: string } | undefined {
  const [first = '', ...rest] = text.trim().split(/\s+/)
  const verb = ORDERS.find((order) => order === first)
  return verb === undefined ? undefined : { verb, words: rest.join(' ') }
}

/** What of a strategy its analysis is held to; undefined: nothing is looked at. */
export function analysisOf({ canary, blueGreen }: RolloutStrategy): AnalysisSpec | undefined {
  return canary?.analysis ?? blueGreen?.analysis
}

/** The Rollout that a Deployment obeys: the oldest that names it. */
export function rolloutOf<R extends Rollout>(rollouts: readonly R[], deployment: string): R | undefined {
  const age = ({ metadata: { creationTimestamp, name } }: R): string => `${creationTimestamp} ${name}`
  return rollouts.filter((r) => r.spec.deployment === deployment && r.metadata.deletionTimestamp === undefined).sort((a, b) => (age(a) < age(b) ? -1 : 1))[0]
}

/** The pods that a Service leads to, of those it selects. `rollouts`: of its namespace. Revisions without weight are left out; a preview Service leads to the new one only. */
export function podsOfService<P extends Pod>(service: Service, pods: readonly P[], rollouts: readonly Rollout[]): P[] {
  const left = new Set<string>()
  for (const { spec, status } of rollouts) {
    const traffic = status?.traffic ?? []
    const preview = spec.strategy.blueGreen?.previewService === service.metadata.name
    const shown = preview && status?.phase !== 'Aborted' ? (traffic.find(({ hash }) => hash === status?.canary) ?? traffic.find(({ hash }) => hash === status?.stable)) : undefined
    for (const revision of traffic) if (shown === undefined ? revision.weight === 0 : revision !== shown) left.add(revision.replicaSet)
  }
  return left.size === 0 ? [...pods] : pods.filter((pod) => !left.has(replicaSetOf(pod) ?? ''))
}

/** A revision's part of what its Rollout's pods get. */
export interface RevisionShare {
  /** `namespace/name` of the Rollout. */
  rollout: string
  /** The revision's ReplicaSet. */
  revision: string
  weight: number
}

/** The shares by the addresses of the pods, of Rollouts that share requests among several revisions now. */
export function sharesByAddress(rollouts: readonly Rollout[], podsIn: (namespace: string) => readonly Pod[]): Map<string, RevisionShare> {
  const shares = new Map<string, RevisionShare>()
  for (const { metadata: { namespace = '', name }, status } of rollouts) {
    const weights = new Map((status?.traffic ?? []).filter(({ weight }) => weight > 0).map(({ replicaSet, weight }) => [replicaSet, weight]))
    if (weights.size < 2) continue
    for (const pod of podsIn(namespace)) {
      const revision = replicaSetOf(pod) ?? ''
      const weight = weights.get(revision)
      if (weight !== undefined && pod.status?.podIP !== undefined) shares.set(pod.status.podIP, { rollout: `${namespace}/${name}`, revision, weight })
    }
  }
  return shares
}

function replicaSetOf(pod: Pod): string | undefined {
  const owner = controllerOf(pod)
  return owner?.kind === 'ReplicaSet' ? owner.name : undefined
}
