import type { Clock } from '../../../common/clock.ts'
import { badRequest, notFound, StatusError } from '../../../common/errors.ts'
import type { ByteStream, ContainerSession, ContainerTarget, NodeAccess, PodLogOptions } from '../../../common/kube/node-access.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Host } from '../../../hosts/host.ts'
import type { NodeRuntime, ObservedContainer } from '../container-runtime.ts'
import type { PodWorker } from '../pod/pod-worker.ts'
import { byteStream } from './byte-stream.ts'
import { lastLines, limited } from './log-lines.ts'

/** A death's event and its recorded time are this close; two deaths are not: Docker waits 100 ms at least. */
const SAME_DEATH_MS = 50
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container'

/** Logs, exec, attach and port-forward for the pods of one node. `find` looks a pod's worker up. */
export function nodeAccess(runtime: NodeRuntime, dial: Host['dial'], clock: Clock, find: (namespace: string, pod: string) => PodWorker | undefined): NodeAccess {
  function locate({ namespace, pod, container }: ContainerTarget): { worker: PodWorker; name: string; seen: ObservedContainer | undefined } {
    const worker = find(namespace, pod)
    if (worker === undefined) throw notFound('pods', pod)
    const name = container || worker.pod.metadata.annotations?.[DEFAULT_CONTAINER] || worker.pod.spec.containers[0]?.name || ''
    const found = worker.container(name)
    if (found === undefined) throw badRequest(`container ${name} is not valid for pod ${pod}`)
    return { worker, name, seen: found.seen }
  }

  function running(target: ContainerTarget): { seen: ObservedContainer } {
    const { name, seen } = locate(target)
    if (seen?.state !== 'running') throw badRequest(`container "${name}" of pod "${target.pod}" does not run${seen === undefined ? ' yet' : ''}: nothing can be run in it. Its status says why.`)
    return { seen }
  }

  return {
    async *logs(target, options, signal) {
      const { worker, name, seen } = locate(target)
      const now = seen === undefined ? undefined : await answered(runtime.containers.inspect(seen.id))
      if (now === undefined || now.startedAt === undefined) {
        const waiting = worker.pod.status?.containerStatuses?.find((s) => s.name === name)?.state?.waiting
        throw badRequest(`container "${name}" in pod "${target.pod}" is waiting to start: ${waiting?.reason ?? 'ContainerCreating'}`)
      }
      const known = worker.container(name)?.known
      const range = options.allRuns === true ? {} : rangeOf(options, now, known?.deaths ?? [])
      // One that was made anew took its log with it.
      if (options.previous === true && (known === undefined || known.restarts === 0 || known.lastTerminated?.containerID !== `docker://${now.id}`)) {
        throw badRequest(`previous terminated container "${name}" in pod "${target.pod}" not found`)
      }
      const since = laterOf(range.since, sinceOption(options, clock.now()))
      const timestamps = options.timestamps === true
      // Docker counts a tail from the log's end, which is not the end of an earlier run.
      const ownTail = options.previous === true && options.tailLines !== undefined
      const source = runtime.streams.logs(now.id, {
        follow: options.follow === true && options.previous !== true, timestamps,
        ...(options.tailLines === undefined || ownTail ? {} : { tailLines: options.tailLines }),
        ...(since === undefined ? {} : { since }), ...(range.until === undefined ? {} : { until: range.until }),
      }, signal)
      yield* limited(ownTail ? lastLines(source, options.tailLines ?? 0) : source, options.limitBytes)
    },

    exec: (target, options) => session(() => runtime.streams.exec(running(target).seen.id, options)),
    attach: (target, options) => session(() => runtime.streams.attach(running(target).seen.id, options)),

    async portForward(namespace, pod, port): Promise<ByteStream> {
      const worker = find(namespace, pod)
      if (worker === undefined) throw notFound('pods', pod)
      if (worker.address === undefined) throw badRequest(`pod "${pod}" has no address yet: it is still being started`)
      try {
        return byteStream(await dial(worker.address, port))
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        const why = code === 'ECONNREFUSED' ? 'nothing listens there (a program that listens on 127.0.0.1 only cannot be reached from outside the pod)' : message
        throw new StatusError('ServiceUnavailable', `port ${String(port)} of pod "${pod}" (${worker.address}) cannot be reached: ${why}`)
      }
    },
  }
}

async function session(open: () => Promise<ContainerSession>): Promise<ContainerSession> {
  return answered(open())
}

async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    if (error instanceof DockerUnreachableError) throw new StatusError('ServiceUnavailable', error.message)
    throw error
  }
}

/**
 * One log holds all runs of a container, and the deaths lie between them (a run's first line may be older than its recorded start).
 * `deaths` may lack the newest, whose event is on its way.
 */
function rangeOf(options: PodLogOptions, now: ObservedContainer, deaths: readonly number[]): { since?: string; until?: string } {
  const older = deaths.filter((d) => d < (now.finishedAt ?? 0) - SAME_DEATH_MS).map((d) => new Date(d).toISOString())
  // Where the runs are cut, newest first.
  const cuts = now.state === 'running' ? [now.finishedAtExact, ...older] : older
  const [since, until] = options.previous === true ? [cuts[1], cuts[0]] : [cuts[0], undefined]
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) }
}

function sinceOption(options: PodLogOptions, now: number): string | undefined {
  return options.sinceTime ?? (options.sinceSeconds === undefined ? undefined : new Date(now - options.sinceSeconds * 1000).toISOString())
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Date.parse(a) >= Date.parse(b) ? a : b
}
