import { timestamp } from '../../../common/clock.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { HTTPRoutes } from '../../../common/kube/gateway.ts'
import type { HTTPRoute } from '../../../common/kube/generated/gateway-networking-v1.ts'
import { Deployments, IngressClasses, Ingresses, Pods, ReplicaSets, Services } from '../../../common/kube/kinds.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { analysisOf, rolloutOf, Rollouts } from '../../../common/kube/rollout.ts'
import type { Rollout, RolloutStatus } from '../../../common/kube/rollout.ts'
import type { TrafficSource } from '../../../common/kube/traffic.ts'
import { decideRollout, isPauseOver } from '../../../policy/canary/decide.ts'
import type { RolloutDecision, RolloutSeen } from '../../../policy/canary/decide.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { Examination } from './examination.ts'
import { isBehindIngress, observe } from './observe.ts'

/** Says, in each Rollout's status, how a new template comes in. It changes nothing else: Deployments, Services and the ingress do as the status says. */
export class RolloutController implements Runnable {
  readonly name = 'rollout-controller'
  readonly #context: ControllerContext
  readonly #traffic: TrafficSource | undefined
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #rollouts: Lister<Rollout>
  readonly #deployments: Lister<Deployment>
  readonly #sets: Lister<ReplicaSet>
  readonly #pods: Lister<Pod>
  /** By key, of canaries that are under way: of which Rollout and revision it is. */
  readonly #examinations = new Map<string, { of: string; examination: Examination }>()
  #startedAt = 0

  /** `traffic`: what the ingress counts; absent: requests are not judged. */
  constructor(context: ControllerContext, traffic?: TrafficSource) {
    this.#context = context
    this.#traffic = traffic
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const { informers } = context
    const [rollouts, deployments, sets, ingresses] = [informers.for(Rollouts), informers.for(Deployments), informers.for(ReplicaSets), informers.for(Ingresses)]
    this.#rollouts = rollouts.lister
    this.#deployments = deployments.lister
    this.#sets = sets.lister
    this.#pods = informers.for(Pods).lister
    informers.for(Services)
    informers.for(IngressClasses)
    rollouts.addHandler({
      onAdd: (r) => this.#controller.enqueue(keyOf(r)),
      onUpdate: (r) => this.#controller.enqueue(keyOf(r)),
      onDelete: (r) => {
        this.#examinations.delete(keyOf(r))
        // Another one may have waited for this one's end.
        this.#enqueueOf(r.metadata.namespace, r.spec.deployment)
      },
    })
    const ofDeployment = (d: Frozen<Deployment>): void => this.#enqueueOf(d.metadata.namespace, d.metadata.name)
    deployments.addHandler({ onAdd: ofDeployment, onUpdate: ofDeployment, onDelete: ofDeployment })
    const ofSet = (rs: Frozen<ReplicaSet>): void => this.#enqueueOf(rs.metadata.namespace, controllerOf(rs)?.name)
    sets.addHandler({ onAdd: ofSet, onUpdate: ofSet, onDelete: ofSet })
    const ofNamespace = ({ metadata: { namespace = '' } }: { metadata: { namespace?: string } }): void => {
      for (const r of this.#rollouts.list({ namespace })) this.#controller.enqueue(keyOf(r))
    }
    // Pauses go by the wall clock.
    onClockJump(context, () => { for (const r of rollouts.lister.list()) this.#controller.enqueue(keyOf(r)) })
    const ofRoute = ({ metadata, spec }: Frozen<HTTPRoute>): void => {
      const namespaces = new Set((spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs.map((ref) => ref.namespace ?? metadata.namespace ?? '')))
      for (const namespace of namespaces) ofNamespace({ metadata: { namespace } })
    }
    informers.for(HTTPRoutes).addHandler({
      onAdd: ofRoute, onDelete: ofRoute,
      onUpdate: (now, was) => {
        if (semanticEqual(now.spec, was.spec) && semanticEqual(now.status, was.status)) return
        ofRoute(was)
        ofRoute(now)
      },
    })
    ingresses.addHandler({ onAdd: ofNamespace, onDelete: ofNamespace, onUpdate: (now, was) => { if (!semanticEqual(now.spec, was.spec)) ofNamespace(now) } })
  }

  start(): void {
    this.#startedAt = this.#context.clock.now()
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #enqueueOf(namespace = '', deployment: string | undefined): void {
    for (const r of this.#rollouts.list({ namespace })) if (r.spec.deployment === deployment) this.#controller.enqueue(keyOf(r))
  }

  async #reconcile(key: string): Promise<Again | void> {
    const rollout = this.#rollouts.getByKey(key)
    if (rollout === undefined || rollout.metadata.deletionTimestamp !== undefined) return
    const { namespace } = splitKey(key)
    const d = this.#deployments.get(namespace, rollout.spec.deployment)
    const refusal = this.#refusal(rollout, d)
    if (d === undefined || refusal !== undefined) {
      this.#examinations.delete(key)
      return this.#write(rollout, d, { status: { phase: 'Waiting', message: refusal ?? '', traffic: [] }, events: [], lookAgainMs: undefined })
    }
    const { informers, clock } = this.#context
    const ingress = isBehindIngress(namespace, d.spec.template.metadata?.labels, {
      services: informers.for(Services).lister.list({ namespace }), ingresses: informers.for(Ingresses).lister.list({ namespace }), classes: informers.for(IngressClasses).lister.list(), routes: informers.for(HTTPRoutes).lister.list(),
    })
    const sets = this.#sets.ownedBy(d.metadata.uid).filter((rs) => rs.metadata.deletionTimestamp === undefined)
    const seen = observe(rollout, d, sets, ingress, this.#startedAt)
    const { look, dueMs } = await this.#examine(key, rollout, seen)
    const decision = decideRollout(rollout.metadata.name, rollout.spec, (rollout.status ?? {}), { ...seen, look }, clock.now())
    await this.#write(rollout, d, decision)
    const again = [decision.lookAgainMs, dueMs].filter((ms) => ms !== undefined)
    return again.length === 0 ? undefined : { requeueAfterMs: Math.max(0, Math.min(...again)) }
  }

  /** Why it has no say, in a sentence. */
  #refusal(rollout: Frozen<Rollout>, d: Frozen<Deployment> | undefined): string | undefined {
    const { deployment } = rollout.spec
    const { namespace = '' } = rollout.metadata
    const obeyed = rolloutOf(this.#rollouts.list({ namespace }), deployment)
    if (obeyed !== undefined && obeyed.metadata.uid !== rollout.metadata.uid) return `Deployment ${deployment} goes by the older Rollout ${obeyed.metadata.name}: delete one of the two`
    if (d === undefined) return `there is no Deployment ${deployment} in namespace ${namespace}`
    if (d.spec.strategy?.type === 'Recreate') return `Deployment ${deployment} has the strategy Recreate: two revisions of it may not run side by side. Give it RollingUpdate, or delete this Rollout`
    return undefined
  }

  /** Looks at a canary that is under way, when it is time to; `dueMs`: until the next look. */
  async #examine(key: string, rollout: Frozen<Rollout>, seen: Omit<RolloutSeen, 'look'>): Promise<{ look: RolloutSeen['look']; dueMs: number | undefined }> {
    const { status, spec } = rollout
    const analysis = analysisOf(spec.strategy)
    const canary = seen.current
    const stable = seen.others.find(({ hash }) => hash === status?.stable)
    if (analysis === undefined || canary === undefined || stable === undefined || status?.canary !== canary.hash || status.phase === 'Aborted' || seen.paused) {
      this.#examinations.delete(key)
      return { look: undefined, dueMs: undefined }
    }
    const of = `${rollout.metadata.uid} ${canary.hash}`
    const known = this.#examinations.get(key)
    const examination = known?.of === of ? known.examination : new Examination(this.#context.clock, this.#traffic)
    this.#examinations.set(key, { of, examination })
    if (examination.dueMs(analysis) > 0 && !isPauseOver(spec, status, this.#context.clock.now())) return { look: undefined, dueMs: examination.dueMs(analysis) }
    const podsOf = (replicaSet: string): Frozen<Pod>[] => this.#pods.ownedBy(this.#sets.get(rollout.metadata.namespace ?? '', replicaSet)?.metadata.uid ?? 'none')
    const look = await examination.look(analysis, { stable: podsOf(stable.replicaSet), canary: podsOf(canary.replicaSet), name: canary.replicaSet }, status.analysis)
    return { look, dueMs: examination.dueMs(analysis) }
  }

  /** Writes what changed; then tells of it, on the Deployment, too. */
  async #write(rollout: Frozen<Rollout>, d: Frozen<Deployment> | undefined, { status, events }: RolloutDecision): Promise<void> {
    const { phase = 'Waiting', message = '' } = status
    const conditions = withCondition((rollout.status?.conditions ?? []), {
      type: 'Healthy', status: phase === 'Healthy' ? 'True' : 'False', reason: phase, message, lastTransitionTime: timestamp(this.#context.clock.now()),
    })
    const next: RolloutStatus = { ...status, conditions, observedGeneration: rollout.metadata.generation ?? 0 }
    if (!semanticEqual(next, rollout.status)) await this.#context.client.updateStatus(Rollouts, { ...(rollout), status: next })
    for (const { type, reason, message: text } of events) {
      this.#recorder.event(rollout, type, reason, text)
      if (d !== undefined && reason !== 'OrderIgnored') this.#recorder.event(d, type, reason, text)
    }
  }
}
