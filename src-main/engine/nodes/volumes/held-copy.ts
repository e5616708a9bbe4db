import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { orAborted } from '../../../common/or-aborted.ts'

/** What a copy on one server is made with. */
export interface HeldCopy {
  from: string
  to: string
  /** IDs of the containers that are held still meanwhile. Those that do not run need not be. */
  hold: readonly string[]
  /** Longer than this nothing is held still, and the copy fails. */
  limitSeconds: number
}

const ROLE = 'copy'
/** So long an ended script may take to let the containers go on. */
const LET_GO_SECONDS = 15
const TIMED_OUT = 'TIMED OUT'
const BEGIN_MS = 3_000
const BEGIN_LOOK_MS = 20

/**
 * Runs on the server, so that containers go on whatever becomes of the engine and its connection: holds them still (the kernel's freezer, by Docker), copies
 * with all owners, modes, links and times (sharing blocks, where the file system can), and lets them go on. Holding is tried a few times: the kernel does not
 * freeze a container whose processes are just beginning or in the middle of a write, and Docker then gives up (seen on a busy server).
 */
const SCRIPT = `
limit=$1 held= job=; shift
order() { curl -s -m 10 -w ' %{http_code}' --unix-socket /var/run/docker.sock -X POST "http://d/containers/$1/$2"; }
let_go() { for c in $held; do order $c unpause >/dev/null; done; held=; }
trap 'kill $job 2>/dev/null; let_go; exit 143' TERM INT
hold() {
  for try in 1 2 3 4 5; do
    answer=$(order $1 pause)
    case \${answer##* } in
      204) held="$held $1"; return ;;
      404 | 409) return ;;
    esac
    # It may hold it later.
    order $1 unpause >/dev/null
    sleep 0.2
  done
  echo "Docker does not hold the container $1 still: \${answer% *}"
  let_go
  exit 1
}
for c; do hold $c; done
busybox timeout $limit busybox cp -a --reflink=auto /from/. /to/ & job=$!
wait $job; code=$?
let_go
case $code in 143 | 124) echo '${TIMED_OUT}' ;; esac
exit $code`

/** Copies one Docker volume into another, empty one on the same server. Throws with a sentence; what was copied until then is for the caller to remove. */
export async function heldCopy(docker: Docker, clusterId: string, image: string, { from, to, hold, limitSeconds }: HeldCopy, signal: AbortSignal): Promise<void> {
  await endCopies(docker, clusterId, from)
  await begun(docker, hold)
  // What a person has paused stays so.
  const paused = await pausedOf(docker, hold)
  const mount = (Source: string, Target: string, ReadOnly: boolean): Docker.MountSettings => ({ Type: 'volume', Source, Target, ReadOnly, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } })
  const container = await docker.createContainer({
    name: `toque_copy_${randomUUID().slice(0, 13)}`, Image: image, Tty: true, Entrypoint: ['/bin/sh', '-c', SCRIPT, 'copy', String(limitSeconds), ...hold],
    Labels: { [DockerLabel.cluster]: clusterId, [DockerLabel.schema]: '1', [DockerLabel.role]: ROLE, [DockerLabel.volume]: from },
    HostConfig: {
      NetworkMode: 'none', LogConfig: { Type: 'local', Config: {} }, SecurityOpt: ['apparmor=unconfined'],
      Mounts: [mount(from, '/from', true), mount(to, '/to', false), { Type: 'bind', Source: '/var/run/docker.sock', Target: '/var/run/docker.sock' }],
    },
  })
  try {
    await container.start()
    const { StatusCode } = await orAborted(container.wait() as Promise<{ StatusCode: number }>, signal)
    if (StatusCode === 0) return
    const said = String(await container.logs({ stdout: true, stderr: true })).trim()
    if (said.includes(TIMED_OUT)) throw new Error(`Copying took longer than the ${String(limitSeconds)} s that its containers may be held still: allow more, or end its pods meanwhile (hold: Stop).`)
    throw new Error(`The volume ${from} could not be copied on its server: ${said.slice(-300) || `exit code ${String(StatusCode)}`}`)
  } finally {
    await end(container)
    // Where the script could not: it was killed.
    const letGo = async (): Promise<void> => {
      for (const id of hold) if (!paused.has(id) && (await pausedOf(docker, [id])).has(id)) await docker.getContainer(id).unpause()
    }
    await orAborted(letGo(), AbortSignal.timeout(LET_GO_SECONDS * 1000))
  }
}

/**
 * Waits, for a moment, until no program is on its way into the containers (one that runs has a pid): Docker cannot let go on what it freezes then. Of those that
 * the engine begins itself there is none, but other tools begin some, too.
 */
async function begun(docker: Docker, ids: readonly string[]): Promise<void> {
  for (const end = performance.now() + BEGIN_MS; performance.now() < end; await sleep(BEGIN_LOOK_MS)) {
    const execs = (await Promise.all(ids.map(async (id) => (await docker.getContainer(id).inspect().catch(ignoring(404)))?.ExecIDs ?? []))).flat()
    const states = await Promise.all(execs.map((id) => docker.getExec(id).inspect().catch(ignoring(404))))
    if (states.every((state) => state === undefined || !state.Running || state.Pid > 0)) return
  }
}

/** Ends copies from or to a volume that an engine which died had begun, and lets their containers go on. */
export async function endCopies(docker: Docker, clusterId: string, volume: string): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { volume: [volume], label: [`${DockerLabel.cluster}=${clusterId}`, `${DockerLabel.role}=${ROLE}`] } })
  for (const { Id } of left) await end(docker.getContainer(Id))
}

async function end(container: Docker.Container): Promise<void> {
  await container.stop({ t: LET_GO_SECONDS }).catch(ignoring(304, 404))
  await container.remove({ force: true }).catch(ignoring(404, 409))
}

async function pausedOf(docker: Docker, ids: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(ids.map(async (id) => ((await docker.getContainer(id).inspect().catch(ignoring(404)))?.State.Paused === true ? [id] : [])))
  return new Set(found.flat())
}

function ignoring(...codes: number[]): (error: Error & { statusCode?: number }) => undefined {
  return (error) => {
    if (!codes.includes(error.statusCode ?? 0)) throw error
    return undefined
  }
}
