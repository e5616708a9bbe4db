import type { ContainerStateTerminated, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ObservedContainer } from '../container-runtime.ts'

/** What is seen of a pod on its node. */
export interface PodView {
  sandbox: ObservedContainer | undefined
  /** Init and app containers, by the container's name in the pod. */
  containers: Map<string, ObservedContainer>
}

/** Something that did not work and is tried again. */
export interface Trouble {
  /** Kubernetes' word: `ErrImagePull`, `CreateContainerConfigError`, `RunContainerError`... */
  reason: string
  message: string
  /** Milliseconds of the engine's clock. */
  retryAt: number
  attempts: number
}

/** What the worker remembers of one container between its steps. */
export interface ContainerMemory {
  /** The image to start: an ID on the node, once it is resolved. */
  imageId: string | undefined
  /** What the status shows of it: `name@sha256:...`, or the ID. */
  imageDigest: string
  trouble: Trouble | undefined
  /** What is being done to get the image, while it is. */
  fetching: string | undefined
  /** Deaths in a row after less than ten seconds. */
  youngDeaths: number
  /** When the engine saw the last death (engine's clock). */
  diedAt: number | undefined
  /** Stopped by the worker in order to be started again. */
  restartWanted: boolean
  /** Why it must be stopped and started again (a failed liveness probe), until it is stopped; and its time to end, where that is not the pod's. */
  unhealthy: { why: string; graceSeconds?: number | undefined } | undefined
  /** When the pod was given another definition of it (engine's clock). */
  changedAt: number | undefined
  restarts: number
  /** `startedAt` of the run that was counted last, exact. */
  countedRun: number | undefined
  lastTerminated: ContainerStateTerminated | undefined
  /** Node's times (ms) of the last deaths, newest first: the logs of the runs lie between them. */
  deaths: number[]
  oomKilled: boolean
  ready: boolean
  /** Passed its startup probe (or has none). */
  started: boolean
}

/** What the worker remembers of a pod. */
export interface PodMemory {
  /** Its address, once one is taken. */
  address: string | undefined
  /** The ID of the sandbox into whose volumes the files are written. */
  filesIn: string | undefined
  sandboxTrouble: Trouble | undefined
  filesTrouble: Trouble | undefined
  /** Every init container has done its work once. */
  initialized: boolean
  /** The pod ran out of its activeDeadlineSeconds, was evicted, or cannot run here at all; and its containers' time to end, where that is not the pod's. `wasTaken`: false where the node never took it. */
  failed: { reason: string; message: string; graceSeconds?: number; wasTaken?: false } | undefined
  containers: Map<string, ContainerMemory>
}

/** A container nothing is known of. */
export function freshMemory(): ContainerMemory {
  return {
    imageId: undefined, imageDigest: '', trouble: undefined, fetching: undefined, youngDeaths: 0, diedAt: undefined, restartWanted: false, unhealthy: undefined, changedAt: undefined, restarts: 0,
    countedRun: undefined, lastTerminated: undefined, deaths: [], oomKilled: false, ready: false, started: false,
  }
}

/** What is remembered of a container of this name, from now on. */
export function knownOf(memory: PodMemory, name: string): ContainerMemory {
  let known = memory.containers.get(name)
  if (known === undefined) memory.containers.set(name, known = freshMemory())
  return known
}

/** Where a pod is reached; undefined before it has an address. Pure. */
export function podAddress(pod: Frozen<Pod>, { address }: PodMemory, { hostIP }: { hostIP: string }): string | undefined {
  return pod.spec.hostNetwork === true ? hostIP : address
}
