import { sleep } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { AlreadyThereError, GoneError, PullError, RemovingError } from '../container-runtime.ts'
import type { ContainerSpec, ObservedContainer } from '../container-runtime.ts'
import { troubled } from './backoff.ts'
import { FAILED_HOOK } from './container-track.ts'
import { explainStart, isDiskFull } from './explain-start.ts'
import type { FileWriter } from './file-writer.ts'
import { runHook } from './hooks.ts'
import { FetchCancelledError, ImageFetches } from './image-fetches.ts'
import { NeverPullError, statusImageId } from './image-resolver.ts'
import { checkKept } from './kept-volumes.ts'
import { ended } from './next-actions.ts'
import type { Action, StartedRole } from './next-actions.ts'
import type { NodeContext } from './node-context.ts'
import { needsResolvConf, resolvConf } from './pod-dns.ts'
import { knownOf } from './pod-view.ts'
import type { PodMemory, PodView } from './pod-view.ts'
import { gpusOf } from './resources.ts'
import { claimedVolumes } from './claimed-volumes.ts'
import type { ClaimedVolumes } from './claimed-volumes.ts'
import { nonRootViolation } from './security.ts'
import { MissingSourceError } from './sources.ts'
import type { PodPlace } from './sources.ts'
import { containerSpec, isSidecar, sandboxSpec } from './specs.ts'
import { withSubPaths } from './sub-paths.ts'

/** With its network gone, a container gets this long to put its house in order, or as long as its sandbox takes to come back. */
const STALE_GRACE_S = 1
/** Upstream's least time between the stop signal and SIGKILL, whatever a preStop hook took. */
const LEAST_GRACE_S = 2

/** Does a pod worker's actions. What goes wrong and is worth another try becomes the memory's `trouble`; Docker being away is thrown. */
export class PodActions {
  readonly #node: NodeContext
  readonly #view: PodView
  readonly #memory: PodMemory
  readonly #files: FileWriter
  readonly #changed: () => void
  readonly #abort = new AbortController()
  readonly #fetches: ImageFetches

  /** `changed` is called when an action that goes on has changed the view. */
  constructor(node: NodeContext, view: PodView, memory: PodMemory, files: FileWriter, changed: () => void) {
    this.#node = node
    this.#view = view
    this.#memory = memory
    this.#files = files
    this.#changed = changed
    this.#fetches = new ImageFetches(node, changed)
  }

  /** Ends waits (hooks); calls to Docker end by themselves. */
  stop(): void {
    this.#abort.abort(new Error('the node agent stops'))
    this.cancelFetches()
  }

  /** Gives up getting images that nobody needs any more: of one container, or all. */
  cancelFetches(container?: string): void {
    this.#fetches.cancel(container)
  }

  /** `deletionSeen`: when the pod's deletion was seen, monotonic. */
  async run(pod: Frozen<Pod>, action: Action, deletionSeen: number | undefined): Promise<void> {
    const { containers } = this.#node.runtime
    switch (action.do) {
      case 'createSandbox': return this.#sandbox(pod, () => this.#createSandbox(pod))
      case 'startSandbox': return this.#sandbox(pod, () => containers.start(action.id))
      case 'stopSandbox': return containers.stop(action.id, 1)
      case 'removeSandbox': return containers.remove(action.id)
      case 'remove': {
        const known = this.#memory.containers.get(action.target)
        if (known !== undefined) known.restartWanted = true
        return containers.remove(action.id)
      }
      case 'kill': return containers.stop(action.id, 0)
      case 'writeFiles': return this.#writeFiles(pod, action.sandboxId)
      case 'resolveImage': return this.#tracked(pod, action.container, () => this.#resolve(pod, action.container))
      case 'create': return this.#tracked(pod, action.container, () => this.#create(pod, action.container, action.role))
      case 'start': return this.#tracked(pod, action.container, () => this.#start(pod, action.container, action.id))
      case 'stop': return this.#stop(pod, action, deletionSeen)
    }
  }

  /** Writes changed files into volumes in use. */
  async updateFiles(pod: Frozen<Pod>): Promise<void> {
    const { sandbox } = this.#view
    if (sandbox === undefined) return
    try {
      await this.#files.update(pod, sandbox.id, this.#place(), this.#node.sources)
    } catch (error) {
      // The files stay as they were until what is missing comes back.
      if (!(error instanceof MissingSourceError)) throw error
      this.#node.recorder.event(pod, 'Warning', 'FailedMount', error.message)
    }
  }

  /** Removes every container, the sandbox last. */
  async removeAll(): Promise<void> {
    const { containers } = this.#node.runtime
    await Promise.all([...this.#view.containers.values()].map((c) => containers.remove(c.id)))
    if (this.#view.sandbox !== undefined) await containers.remove(this.#view.sandbox.id)
  }

  async removeVolumes(pod: Frozen<Pod>): Promise<void> {
    const { resources } = this.#node.runtime
    const mine = (await resources.volumes()).filter((v) => v.podUid === pod.metadata.uid)
    await Promise.all(mine.map((v) => resources.removeVolume(v.name)))
  }

  #place(): PodPlace {
    const { facts } = this.#node
    return { podIP: this.#memory.address ?? facts.hostIP, hostIP: facts.hostIP, nodeName: facts.name, allocatable: facts.allocatable }
  }

  #claimed(pod: Frozen<Pod>): ClaimedVolumes {
    return claimedVolumes(pod, this.#node.facts.name, this.#node.claims)
  }

  async #sandbox(pod: Frozen<Pod>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#memory.sandboxTrouble = undefined
    } catch (error) {
      if (error instanceof DockerUnreachableError) throw error
      if (error instanceof RemovingError) return
      const message = explainStart(error)
      const reason = error instanceof MissingSourceError ? 'FailedMount' : 'FailedCreatePodSandBox'
      this.#memory.sandboxTrouble = troubled(this.#memory.sandboxTrouble, this.#node.clock.now(), reason, message)
      this.#node.recorder.event(pod, 'Warning', reason, message)
      // Made, but cannot start (a taken port): made anew next time, for what it publishes may have to be freed first.
      if (error instanceof GoneError) this.#view.sandbox = undefined
    }
  }

  async #createSandbox(pod: Frozen<Pod>): Promise<void> {
    const { facts, addresses, runtime } = this.#node
    const claimed = this.#claimed(pod)
    await checkKept(pod, claimed, this.#node)
    if (pod.spec.hostNetwork !== true) this.#memory.address = addresses.take(pod.metadata.uid, this.#memory.address ?? pod.status?.podIP)
    const spec = sandboxSpec(pod, facts, this.#memory.address ?? '', this.#node.sources, claimed)
    const id = await this.#made(spec)
    this.#view.sandbox = blank(id, spec, this.#memory.address)
    // Containers can be made while the sandbox starts.
    this.#changed()
    await runtime.containers.start(id)
    this.#view.sandbox = await runtime.containers.inspect(id)
  }

  /** Creates, or finds what an engine that died in between has created. */
  async #made(spec: ContainerSpec): Promise<string> {
    const { containers } = this.#node.runtime
    try {
      return await containers.create(spec)
    } catch (error) {
      if (!(error instanceof AlreadyThereError)) throw error
      const there = (await containers.list()).find((c) => c.name === spec.name)
      if (there === undefined) throw error
      return there.id
    }
  }

  async #writeFiles(pod: Frozen<Pod>, sandboxId: string): Promise<void> {
    try {
      if (needsResolvConf(pod)) await this.#files.writeResolvConf(sandboxId, resolvConf(pod, this.#node.facts.network.gateway))
      // A sandbox made anew finds the volumes of the one before: in use, or at least used.
      const used = this.#memory.filesIn !== undefined || isConditionTrue(pod.status?.conditions, 'PodReadyToStartContainers')
      if (used && this.#memory.initialized) await this.#files.writeAgain(pod, sandboxId, this.#place(), this.#node.sources)
      else await this.#files.writeNew(pod, sandboxId, this.#place(), this.#node.sources, this.#claimed(pod))
      this.#memory.filesIn = sandboxId
      this.#memory.filesTrouble = undefined
    } catch (error) {
      if (error instanceof DockerUnreachableError) throw error
      const message = messageOf(error)
      this.#memory.filesTrouble = troubled(this.#memory.filesTrouble, this.#node.clock.now(), 'FailedMount', message)
      this.#node.recorder.event(pod, 'Warning', 'FailedMount', message)
    }
  }

  /** Failures of one container's making become its trouble, in Kubernetes' words. */
  async #tracked(pod: Frozen<Pod>, container: Container, work: () => Promise<void>): Promise<void> {
    const known = knownOf(this.#memory, container.name)
    try {
      await work()
    } catch (error) {
      if (error instanceof DockerUnreachableError) throw error
      // Somebody removed it in between: the event says so.
      if (error instanceof GoneError || error instanceof RemovingError || error instanceof FetchCancelledError) return
      const { reason, message } = wordsFor(error)
      // Of a pull that was tried already.
      const hasRoom = !(error instanceof PullError) && isDiskFull(message) && await this.#node.makeRoom().catch(() => false)
      known.trouble = troubled(hasRoom ? undefined : known.trouble, this.#node.clock.now(), reason, message)
      this.#node.recorder.event(pod, 'Warning', reason === 'ErrImagePull' ? 'Failed' : reason, message)
    }
  }

  async #resolve(pod: Frozen<Pod>, container: Container): Promise<void> {
    const known = knownOf(this.#memory, container.name)
    const image = await this.#fetches.fetch(pod, container, known)
    const violation = nonRootViolation(pod, container, image.user)
    if (violation !== undefined) throw new MissingSourceError(violation)
    known.imageId = image.id
    known.imageDigest = statusImageId(image)
    known.trouble = undefined
  }

  async #create(pod: Frozen<Pod>, container: Container, role: StartedRole): Promise<void> {
    const { facts, sources, recorder, gpus } = this.#node
    const known = knownOf(this.#memory, container.name)
    const asked = gpusOf(container)
    const devices = gpus.take(pod.metadata.uid, container.name, asked, role === 'init' && !isSidecar(container))
    if (asked > 0 && devices.length === 0) recorder.event(pod, 'Warning', 'GPUOnlyDeclared', `Somebody declared the GPUs of server ${facts.name}, and none is known to be there: container ${container.name} starts without one`)
    const spec = containerSpec(pod, container, role, known.imageId ?? container.image ?? '', facts, this.#memory.address ?? facts.hostIP, sources, devices, this.#claimed(pod))
    spec.mounts = await withSubPaths(this.#node.runtime.streams, this.#view.sandbox?.id ?? '', spec.mounts)
    let id: string
    try {
      id = await this.#made(spec)
    } catch (error) {
      // The image was removed from the node: find it anew.
      if (error instanceof GoneError && /image/i.test(error.message)) {
        known.imageId = undefined
        return
      }
      throw error instanceof GoneError ? new Error(error.message) : error
    }
    this.#view.containers.set(container.name, { ...blank(id, spec, undefined), imageId: spec.image })
    known.trouble = undefined
    recorder.event(pod, 'Normal', 'Created', `Created container ${container.name}`)
  }

  async #start(pod: Frozen<Pod>, container: Container, id: string): Promise<void> {
    await this.#node.runtime.containers.start(id)
    const hook = container.lifecycle?.postStart
    if (hook === undefined) return
    const failure = await runHook(hook, { container, containerId: id, podIP: this.#place().podIP }, this.#node.tools, this.#node.clock, this.#abort.signal)
    if (failure === undefined) return
    this.#node.recorder.event(pod, 'Warning', FAILED_HOOK, `PostStartHook failed: ${failure}`)
    knownOf(this.#memory, container.name).unhealthy = { why: FAILED_HOOK }
  }

  async #stop(pod: Frozen<Pod>, { container, id, hooks, why, graceSeconds }: Action & { do: 'stop' }, deletionSeen: number | undefined): Promise<void> {
    const { clock, recorder, runtime } = this.#node
    const known = knownOf(this.#memory, container.name)
    const comesBack = deletionSeen === undefined && !ended(pod, this.#view, this.#memory)
    known.restartWanted = comesBack
    recorder.event(pod, 'Normal', 'Killing', comesBack ? `Container ${container.name}: ${why}; it will be restarted` : `Stopping container ${container.name}`)
    const since = deletionSeen ?? clock.monotonic()
    const grace = hooks ? pod.metadata.deletionGracePeriodSeconds ?? graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30 : STALE_GRACE_S
    const left = (): number => grace - (clock.monotonic() - since) / 1000
    const preStop = container.lifecycle?.preStop
    if (hooks && preStop !== undefined && grace > 0) {
      const limit = new AbortController()
      const done = runHook(preStop, { container, containerId: id, podIP: this.#place().podIP }, this.#node.tools, clock, AbortSignal.any([limit.signal, this.#abort.signal]))
      await Promise.race([done, sleep(clock, Math.max(0, left() * 1000), this.#abort.signal).catch(() => undefined)])
      limit.abort(new Error('the grace period is over'))
      const failure = await done
      if (failure !== undefined) recorder.event(pod, 'Warning', 'FailedPreStopHook', `PreStopHook failed: ${failure}`)
    }
    await runtime.containers.stop(id, grace === 0 ? 0 : Math.max(hooks ? LEAST_GRACE_S : 0, Math.ceil(left())))
  }
}

function wordsFor(error: unknown): { reason: string; message: string } {
  const message = messageOf(error)
  if (error instanceof PullError) return { reason: error.kind === 'invalidName' ? 'InvalidImageName' : 'ErrImagePull', message }
  if (error instanceof NeverPullError) return { reason: 'ErrImageNeverPull', message }
  if (error instanceof MissingSourceError) return { reason: 'CreateContainerConfigError', message }
  return { reason: 'RunContainerError', message: explainStart(error) }
}

/** A container just made. */
function blank(id: string, spec: ContainerSpec, address: string | undefined): ObservedContainer {
  return {
    id, name: spec.name, labels: spec.labels, state: 'created', oomKilled: false, error: '', imageId: '', runtimeRestarts: 0,
    ...(spec.sandbox === undefined ? {} : { joins: spec.sandbox }), ...(address === undefined ? {} : { address }),
  }
}
