import type { Explanation } from '../../common/contract/index.ts'
import { asSentence, exitWords } from '../../common/views/exit-words.ts'
import type { SwarmTask } from '../docker/types.ts'
import { filteredNodes } from '../placement/scheduler-words.ts'
import type { SchedulerFilter } from '../placement/scheduler-words.ts'
import { imageName } from './refs.ts'

interface Rule {
  pattern: RegExp
  explain(match: RegExpExecArray, task: SwarmTask): Explanation
}

/** What Docker says in `Status.Err`, in words for a developer who is no operator. The first that fits counts. */
const RULES: readonly Rule[] = [
  {
    pattern: /no such image|pull access denied|manifest (unknown|for .* not found)|repository does not exist|not found: manifest|image .* could not be found/i,
    explain: (_, task) => ({ reason: 'ErrImagePull', message: `The image "${imageOf(task)}" cannot be pulled.${asSentence(task.Status.Err)} Check the image's name and tag, and that the server can reach the registry; a private one needs a login.` }),
  },
  { pattern: /invalid reference format/i, explain: (_, task) => ({ reason: 'InvalidImageName', message: `"${imageOf(task)}" is not an image name. It should look like nginx or registry.example.com/team/app:1.2.` }) },
  {
    pattern: /unhealthy container/i,
    explain: (_, task) => ({ reason: 'Unhealthy', message: `Its health check failed, so it was ended${checkOf(task)}. Its last log lines may say why; a slow start needs a start period.` }),
  },
  {
    pattern: /no suitable node/i,
    explain: ({ input }) => {
      const words = schedulingWords(input)
      return { reason: 'Unschedulable', message: words === '' ? 'No server takes it: none is ready and open for new tasks.' : `No server takes it: ${words}.` }
    },
  },
  { pattern: /bind source path does not exist: (\S+)/i, explain: ([, path = '']) => ({ reason: 'MountFailed', message: `The folder ${path} is not on this server. Make it there, or use a volume; a constraint can keep the service on the server that has it.` }) },
  { pattern: /invalid mount config/i, explain: (_, task) => ({ reason: 'MountFailed', message: `One of its mounts cannot be made.${asSentence(task.Status.Err)}` }) },
  { pattern: /port is already allocated|address already in use/i, explain: (_, task) => ({ reason: 'PortInUse', message: `A port that it publishes is taken on its server.${asSentence(task.Status.Err)} Choose another port, or end what holds it.` }) },
  { pattern: /executable file not found|exec: "[^"]*": (stat .*: )?no such file/i, explain: (_, task) => ({ reason: 'CannotRun', message: `The image "${imageOf(task)}" has no such program.${asSentence(task.Status.Err)} Check the command.` }) },
  { pattern: /permission denied.*(exec|oci|runc|init process)|(exec|oci|runc|init process).*permission denied/i, explain: (_, task) => ({ reason: 'CannotRun', message: `Its program may not be run (permission denied).${asSentence(task.Status.Err)}` }) },
  { pattern: /no available (ipv4|ip) addresses|could not find an available|address pool/i, explain: (_, task) => ({ reason: 'NoAddress', message: `Its network has no address left, or clashes with another network.${asSentence(task.Status.Err)}` }) },
  { pattern: /node is missing network attachments|network .* not found|could not attach to network|failed to allocate/i, explain: (_, task) => ({ reason: 'NetworkFailed', message: `It could not be attached to its network.${asSentence(task.Status.Err)}` }) },
  { pattern: /(secret|config) .* (not found|does not exist|reference)/i, explain: (_, task) => ({ reason: 'MissingFile', message: `A secret or config that it needs is not there.${asSentence(task.Status.Err)}` }) },
  {
    pattern: /non-zero exit \((\d+)\)/i,
    explain: ([, code = '1'], task) => ({ reason: Number(code) === 137 ? 'Killed' : 'Error', message: exited(Number(code), task) }),
  },
  { pattern: /starting container failed/i, explain: (_, task) => ({ reason: 'StartFailed', message: `Docker could not start it.${asSentence(task.Status.Err)}` }) },
]

/** Why a task is not well; undefined for one that is, and for one that ended as it should. Pure. */
export function taskReason(task: SwarmTask): Explanation | undefined {
  const { State, Err = '', ContainerStatus } = task.Status
  if (State === 'orphaned') return { reason: 'NodeLost', message: 'Nothing is heard from its server for so long that another one was started elsewhere.' }
  if (State === 'running' || State === 'complete' || State === 'remove') return undefined
  // What was asked to end may say how it ended; that is no trouble.
  if (State === 'shutdown' && Err === '') return undefined
  if (Err !== '') {
    for (const { pattern, explain } of RULES) {
      const match = pattern.exec(Err)
      if (match !== null) return explain(match, task)
    }
  }
  if (State === 'failed' || State === 'rejected') {
    const code = ContainerStatus?.ExitCode ?? 0
    if (Err === '' && code !== 0) return { reason: code === 137 ? 'Killed' : 'Error', message: exited(code, task) }
    return { reason: State === 'failed' ? 'Failed' : 'Rejected', message: Err === '' ? `Docker says only: ${task.Status.Message ?? State}.` : `Docker says:${asSentence(Err)}` }
  }
  return Err === '' ? undefined : { reason: 'Waiting', message: `Docker says:${asSentence(Err)}` }
}

function exited(code: number, task: SwarmTask): string {
  const limit = task.Spec.Resources?.Limits?.MemoryBytes
  const memory = code === 137 && limit !== undefined && limit > 0 ? ` It may use ${String(Math.round(limit / 2 ** 20))} MiB of memory: using more ends it so.` : ''
  return `It ended with ${exitWords(code)}: its last log lines say why.${memory}`
}

/** Docker's count of nodes by reason, in short: `doctor/pending-reasons.ts` says it at length, with what to do. */
function schedulingWords(err: string): string {
  return filteredNodes(err).map(({ filter, nodes, said }) => {
    const words = filter === undefined ? undefined : SCHEDULING[filter]
    return words === undefined ? said : `${words}${nodes === undefined ? '' : ` on ${String(nodes)} ${nodes === 1 ? 'node' : 'nodes'}`}`
  }).join('; ')
}

/** Where Docker's own words are not clear enough. */
const SCHEDULING: Readonly<Partial<Record<SchedulerFilter, string>>> = {
  resources: 'not enough CPU or memory is left for what it reserves', constraints: 'its placement constraints do not hold', platform: 'its image is not for this platform',
  hostPort: 'the port that it publishes there is taken', maxReplicas: 'there are as many as one server may have', plugin: 'a network or volume plugin is missing',
}

function imageOf(task: SwarmTask): string {
  return imageName(task.Spec.ContainerSpec?.Image ?? '')
}

function checkOf(task: SwarmTask): string {
  const [kind, ...words] = task.Spec.ContainerSpec?.Healthcheck?.Test ?? []
  return words.length === 0 || kind === 'NONE' ? '' : ` (${words.join(' ')})`
}
