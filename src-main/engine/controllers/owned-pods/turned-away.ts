import type { Clock } from '../../../common/clock.ts'
import type { Pod, PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { ALLOWED_SYSCTLS_ANNOTATION, SYSCTL_FORBIDDEN } from '../../../common/kube/sysctls.ts'
import { FailedBackoff } from './failed-backoff.ts'

/** A pod that stayed so long was not turned away. */
const STAYED_MS = 60_000

/**
 * Pods whose template names their node go there past the scheduler, and a node that does not want them (a NoExecute taint, a port that is taken) turns
 * each away as soon as it comes; so does a node that does not allow a kernel parameter that they set, of which the scheduler knows nothing. Upstream makes
 * them anew as fast as they end; here each comes later than the one before. Other pods that the scheduler places are never held back: it does not put them
 * where they are not wanted.
 */
export class TurnedAway {
  readonly #clock: Clock
  readonly #backoff = new FailedBackoff()
  /** Owners whose last pod was turned away, and who have not made another one since. */
  readonly #noted = new Set<string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A pod of an owner with this template has ended. */
  note(owner: Frozen<KubeObject>, template: Frozen<PodTemplateSpec> | undefined, pod: Frozen<Pod>): void {
    if (template?.spec?.nodeName === undefined && pod.status?.reason !== SYSCTL_FORBIDDEN) return
    if (this.#clock.now() - Date.parse(pod.metadata.creationTimestamp) < STAYED_MS) this.#noted.add(keyOf(owner))
  }

  /** Milliseconds before the owner may make another pod; 0: now, and it will. */
  waitMs(owner: Frozen<KubeObject>): number {
    const key = keyOf(owner)
    const now = this.#clock.monotonic()
    if (!this.#noted.has(key)) return this.#backoff.leftMs(key, now)
    const ms = this.#backoff.next(key, now)
    if (ms === 0) this.#noted.delete(key)
    return ms
  }

  /** The owner is gone. */
  forget(key: string): void {
    this.#noted.delete(key)
    this.#backoff.forget(key)
  }
}

/** Why no pod is made for now, as a sentence. Pure. */
export function turnedAwayWords(template: Frozen<PodTemplateSpec> | undefined): string {
  const node = template?.spec?.nodeName
  if (node === undefined) return `The pods set a kernel parameter (securityContext.sysctls) that their node does not allow: another one is made later, and each later than the one before. Remove it from the template, or allow it: kubectl annotate node NAME ${ALLOWED_SYSCTLS_ANNOTATION}=PARAMETER.`
  return `The pod template names node ${node}, which turns the pods away as soon as they come: another one is made later, and each later than the one before. Remove nodeName from the template, or see what the node does not tolerate (kubectl describe node ${node}).`
}
