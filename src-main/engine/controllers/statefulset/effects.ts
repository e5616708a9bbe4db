import { hasReason, StatusError, toStatusError } from '../../../common/errors.ts'
import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod, PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isControlledBy } from '../../../common/kube/owners.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { OwnWrites } from '../own-writes.ts'
import { slowStart } from '../owned-pods/slow-start.ts'
import { PodClaims } from './claims.ts'
import { identityLabels, podOf } from './identity.ts'
import type { Step } from './plan.ts'

/** A revision as pods are made from it. */
export interface NamedTemplate {
  name: string
  template: PodTemplateSpec
}

type Create = Extract<Step<Frozen<Pod>>, { do: 'create' }>

/** What the StatefulSet controller does to the API: nothing here decides. */
export class StatefulSetEffects {
  readonly #client: Client
  readonly #recorder: EventRecorder
  readonly #writes: OwnWrites<Pod>
  readonly #claims: PodClaims

  constructor(client: Client, recorder: EventRecorder, writes: OwnWrites<Pod>) {
    this.#client = client
    this.#recorder = recorder
    this.#writes = writes
    this.#claims = new PodClaims(client, recorder)
  }

  /** Does the steps. Resolves with what failed first; what comes after that is left for the next time. */
  async run(set: Frozen<StatefulSet>, pods: readonly Frozen<Pod>[], steps: readonly Step<Frozen<Pod>>[], templates: { current: NamedTemplate; update: NamedTemplate }): Promise<StatusError | undefined> {
    try {
      await this.#claims.keep(set, pods)
      for (const step of steps) if (step.do !== 'create') await this.#do(set, step)
      const creates = steps.filter((step) => step.do === 'create')
      let next = 0
      const { error } = await slowStart(creates.length, () => this.#create(set, creates[next++] as Create, templates))
      return error === undefined ? undefined : toStatusError(error)
    } catch (error) {
      return toStatusError(error)
    }
  }

  async #do(set: Frozen<StatefulSet>, step: Exclude<Step<Frozen<Pod>>, { do: 'create' }>): Promise<void> {
    if (step.do === 'claims') return this.#claims.make(set, step.ordinal)
    if (step.do === 'delete') return this.#delete(set, step.pod, step.why)
    const { pod, ordinal } = step
    const labels = { ...pod.metadata.labels, ...identityLabels(set, ordinal) }
    this.#writes.record(set.metadata.uid, await this.#client.update(Pods, { ...pod, metadata: { ...pod.metadata, labels } }))
  }

  async #create(set: Frozen<StatefulSet>, { ordinal, revision }: Create, templates: { current: NamedTemplate; update: NamedTemplate }): Promise<void> {
    const { name: from, template } = templates[revision]
    const draft = podOf(set, template, from, ordinal)
    const { namespace = '', name = '' } = draft.metadata
    try {
      // Its end wakes the set.
      if (await this.#claims.areStale(set, ordinal)) return
      await this.#claims.make(set, ordinal)
      this.#writes.record(set.metadata.uid, await this.#client.create(Pods, draft))
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`)
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) {
        const there = await this.#client.get(Pods, namespace, name)
        // Ours, and the cache is behind.
        if (isControlledBy(there, set)) return
      }
      this.#tell(set, 'Create', name, error)
      throw toStatusError(error)
    }
  }

  async #delete(set: Frozen<StatefulSet>, pod: Frozen<Pod>, why: 'failed' | 'scale' | 'update'): Promise<void> {
    const { namespace = '', name } = pod.metadata
    const whose = `StatefulSet ${namespace}/${set.metadata.name}`
    if (why === 'failed' && pod.status?.phase === 'Failed') this.#recorder.event(set, 'Warning', 'RecreatingFailedPod', `${whose} is recreating failed Pod ${name}`)
    else if (why === 'failed') this.#recorder.event(set, 'Normal', 'RecreatingTerminatedPod', `${whose} is recreating terminated Pod ${name}`)
    try {
      if (await deleteIfThere(this.#client, Pods, pod)) this.#recorder.event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`)
    } catch (error) {
      this.#tell(set, 'Delete', name, error)
      throw toStatusError(error)
    }
  }

  #tell(set: Frozen<StatefulSet>, what: 'Create' | 'Delete', pod: string, error: unknown): void {
    const isOver = error instanceof StatusError && error.details.causes?.some((c) => c.reason === 'NamespaceTerminating') === true
    if (!isOver) this.#recorder.event(set, 'Warning', `Failed${what}`, `${what.toLowerCase()} Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${toStatusError(error).message}`)
  }
}
