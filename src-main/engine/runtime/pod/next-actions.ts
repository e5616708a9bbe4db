import { DockerLabel } from '../../../common/docker-labels.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerRole, ObservedContainer } from '../container-runtime.ts'
import { crashDelay } from './backoff.ts'
import { hasHostsFile } from './hosts-file.ts'
import { SANDBOX, specHash } from './names.ts'
import { needsResolvConf } from './pod-dns.ts'
import { freshMemory } from './pod-view.ts'
import type { ContainerMemory, PodMemory, PodView } from './pod-view.ts'
import { ephemeralContainers, isSidecar } from './specs.ts'
import { nextToStop } from './stop-order.ts'

/** What a container is in its pod. */
export type StartedRole = Exclude<ContainerRole, 'sandbox'>

/** One thing to do. `target` is what it is done to: two actions on the same target never run at the same time. */
export type Action =
  | { do: 'createSandbox'; target: typeof SANDBOX }
  | { do: 'startSandbox' | 'stopSandbox' | 'removeSandbox'; target: typeof SANDBOX; id: string }
  | { do: 'writeFiles'; target: 'files'; sandboxId: string }
  | { do: 'resolveImage' | 'create'; target: string; container: Container; role: StartedRole }
  | { do: 'start'; target: string; container: Container; id: string }
  /** `hooks`: with preStop and the pod's grace, or `graceSeconds`; without, its network is gone and there is nothing to say goodbye to. */
  | { do: 'stop'; target: string; container: Container; id: string; hooks: boolean; why: string; graceSeconds?: number | undefined }
  | { do: 'remove'; target: string; id: string }
  /** Ends what takes its time to stop. Its target is not the container, for the stop is still under way. */
  | { do: 'kill'; target: `kill ${string}`; id: string }

/** What to do now, and when to look again although nothing happens (engine's clock; absent: never). */
export interface Plan {
  actions: Action[]
  wakeAt?: number
}

/**
 * After so many failed starts a sandbox is made anew instead. A start that meets Docker while it is being stopped can leave a task behind under
 * the container's ID that Docker neither knows nor replaces: "task ... already exists", for ever.
 */
const REMAKE_AFTER = 2
const LEFT_BEHIND = /already exists/

/**
 * A run whose definition was changed goes on for so long: who changes it may change more of the pod, and reads a pod that is ready until then. With a kubelet, too, a second or so passes before such a
 * pod is said not to be ready.
 */
export const BEFORE_CHANGE_MS = 1_000

/** Has the pod ended for good, by its restart policy? Pure. */
export function ended(pod: Frozen<Pod>, view: PodView, memory: PodMemory): boolean {
  if (memory.failed !== undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return true
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (policy === 'Always') return false
  const over = (c: Container): boolean => {
    const seen = view.containers.get(c.name)
    return seen?.state === 'exited' && !(memory.containers.get(c.name)?.restartWanted ?? false) && (policy === 'Never' || seen.exitCode === 0)
  }
  const initFailed = policy === 'Never' && !memory.initialized &&
    (pod.spec.initContainers ?? []).some((c) => !isSidecar(c) && over(c) && view.containers.get(c.name)?.exitCode !== 0)
  return initFailed || pod.spec.containers.every(over)
}

/**
 * What a living pod needs next. Docker restarts what crashed by itself (`restarting`); everything else that is down and should be up is started
 * here, once. Pure.
 */
export function nextActions(pod: Frozen<Pod>, view: PodView, memory: PodMemory, now: number): Plan {
  const plan: Plan = { actions: [] }
  const wake = (at: number): void => { plan.wakeAt = Math.min(plan.wakeAt ?? Infinity, at) }
  const { sandbox } = view
  const hasFiles = hasHostsFile(pod) || needsResolvConf(pod) || (pod.spec.volumes ?? []).some((v) => v.hostPath === undefined)

  const deadline = pod.spec.activeDeadlineSeconds
  if (deadline !== undefined && pod.status?.startTime !== undefined) wake(Date.parse(pod.status.startTime) + deadline * 1000)

  if (ended(pod, view, memory)) {
    for (const c of nextToStop(pod, view)) {
      const seen = view.containers.get(c.name)
      if (seen !== undefined) plan.actions.push({ do: 'stop', target: c.name, container: c, id: seen.id, hooks: true, why: 'the pod has ended', graceSeconds: memory.failed?.graceSeconds })
    }
    if (plan.actions.length === 0 && sandbox?.state === 'running') plan.actions.push({ do: 'stopSandbox', target: SANDBOX, id: sandbox.id })
    return { actions: plan.actions }
  }

  if (sandbox === undefined || sandbox.state === 'created' || sandbox.state === 'exited') {
    if (memory.sandboxTrouble !== undefined && memory.sandboxTrouble.retryAt > now) wake(memory.sandboxTrouble.retryAt)
    else if (sandbox === undefined) plan.actions.push({ do: 'createSandbox', target: SANDBOX })
    else plan.actions.push({ do: (memory.sandboxTrouble?.attempts ?? 0) < REMAKE_AFTER ? 'startSandbox' : 'removeSandbox', target: SANDBOX, id: sandbox.id })
  }
  const up = sandbox?.state === 'running'
  const filesReady = !hasFiles || (sandbox !== undefined && memory.filesIn === sandbox.id)
  if (up && !filesReady) {
    if (memory.filesTrouble !== undefined && memory.filesTrouble.retryAt > now) wake(memory.filesTrouble.retryAt)
    else plan.actions.push({ do: 'writeFiles', target: 'files', sandboxId: sandbox.id })
  }

  for (const { container, role } of due(pod, view, memory)) drive(container, role)
  return plan

  function drive(container: Container, role: StartedRole): void {
    const seen = view.containers.get(container.name)
    const known = memory.containers.get(container.name) ?? freshMemory()
    const target = container.name
    if (seen === undefined) {
      const at = notBefore(known)
      if (at > now) return wake(at)
      if (known.imageId === undefined) plan.actions.push({ do: 'resolveImage', target, container, role })
      else if (sandbox !== undefined && sandbox.state !== 'removing' && (filesReady || !mountsPart(pod, container))) plan.actions.push({ do: 'create', target, container, role })
      return
    }
    const changed = seen.labels[DockerLabel.specHash] !== specHash(container)
    switch (seen.state) {
      case 'removing': return
      case 'created':
        if (changed || astray(seen, sandbox)) return void plan.actions.push({ do: 'remove', target, id: seen.id })
        if (up && filesReady) startWhenDue(seen, known, container)
        return
      case 'running': case 'restarting':
        if (astray(seen, sandbox)) plan.actions.push({ do: 'remove', target, id: seen.id })
        else if (seen.state === 'running' && sandbox !== undefined && stale(seen, sandbox)) {
          plan.actions.push({ do: 'stop', target, container, id: seen.id, hooks: false, why: 'the pod sandbox was restarted' })
        } else if (changed) {
          const at = (known.changedAt ?? 0) + BEFORE_CHANGE_MS
          if (at > now) wake(at)
          else plan.actions.push({ do: 'stop', target, container, id: seen.id, hooks: true, why: 'its definition changed' })
        }
        else if (known.unhealthy !== undefined) plan.actions.push({ do: 'stop', target, container, id: seen.id, hooks: true, ...known.unhealthy })
        // The grace of a run without a network is the time that its sandbox takes to come back: then it is in the way.
        if (seen.state === 'running' && (sandbox === undefined || (up && stale(seen, sandbox)))) plan.actions.push({ do: 'kill', target: `kill ${target}`, id: seen.id })
        return
      case 'exited':
        if (changed || astray(seen, sandbox)) {
          if (wanted(pod, container, role, seen, known) || changed) plan.actions.push({ do: 'remove', target, id: seen.id })
        } else if (up && filesReady && wanted(pod, container, role, seen, known)) startWhenDue(seen, known, container)
    }
  }

  function startWhenDue(seen: ObservedContainer, known: ContainerMemory, container: Container): void {
    const at = notBefore(known)
    if (at > now) return wake(at)
    const stuck = (known.trouble?.attempts ?? 0) >= REMAKE_AFTER && LEFT_BEHIND.test(known.trouble?.message ?? '')
    plan.actions.push(stuck ? { do: 'remove', target: container.name, id: seen.id } : { do: 'start', target: container.name, container, id: seen.id })
  }
}

/** When a container may be tried again: after what troubled it, and after its crash delay. */
export function notBefore(known: ContainerMemory): number {
  return Math.max(known.trouble?.retryAt ?? 0, known.diedAt === undefined ? 0 : known.diedAt + crashDelay(known.youngDeaths))
}

/** Init and app containers in order, then those that were put in to look around. */
export function allContainers(pod: Frozen<Pod>): Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...ephemeralContainers(pod)]
}

/** The containers whose turn it is: init containers one after the other, sidecars staying, then all the others at once. What looks around waits for nobody, and never comes again. */
export function due(pod: Frozen<Pod>, view: PodView, memory: PodMemory): { container: Container; role: StartedRole }[] {
  const result = ephemeralContainers(pod).filter((c) => view.containers.has(c.name) || memory.containers.get(c.name)?.lastTerminated === undefined)
    .map((container): { container: Container; role: StartedRole } => ({ container, role: 'ephemeral' }))
  for (const container of pod.spec.initContainers ?? []) {
    const seen = view.containers.get(container.name)
    if (isSidecar(container)) {
      result.push({ container, role: 'init' })
      if (!memory.initialized && !(seen?.state === 'running' && (memory.containers.get(container.name)?.started ?? false))) return result
    } else if (!memory.initialized && !(seen?.state === 'exited' && seen.exitCode === 0)) {
      result.push({ container, role: 'init' })
      return result
    }
  }
  return [...result, ...pod.spec.containers.map((container) => ({ container, role: 'app' as const }))]
}

/** Should a container that is down be up? */
function wanted(pod: Frozen<Pod>, container: Container, role: StartedRole, seen: ObservedContainer, known: ContainerMemory): boolean {
  const policy = role === 'init' && isSidecar(container) ? 'Always' : pod.spec.restartPolicy ?? 'Always'
  if (policy === 'Never' || role === 'ephemeral') return false
  return known.restartWanted || (role === 'app' && policy === 'Always') || isSidecar(container) || seen.exitCode !== 0
}

/** It joins a sandbox that is no more: it can never start again. */
function astray(seen: ObservedContainer, sandbox: ObservedContainer | undefined): boolean {
  return sandbox === undefined || (seen.joins !== undefined && seen.joins !== sandbox.id && seen.joins !== sandbox.name)
}

/** It runs, but in the network namespace of an earlier run of the sandbox. */
function stale(seen: ObservedContainer, sandbox: ObservedContainer): boolean {
  return sandbox.state === 'exited' || (sandbox.state === 'running' && (seen.startedAt ?? 0) < (sandbox.startedAt ?? 0))
}

/** It mounts a part of a volume that lies with the engine or Docker: the volume's root and files are there first. */
function mountsPart(pod: Frozen<Pod>, container: Container): boolean {
  return (container.volumeMounts ?? []).some((m) => (m.subPath !== undefined || m.subPathExpr !== undefined) && (pod.spec.volumes ?? []).some((v) => v.name === m.name && v.hostPath === undefined))
}
