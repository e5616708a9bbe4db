import type { Explanation } from '../../common/contract/index.ts'
import { asSentence, exitWords } from '../../common/views/exit-words.ts'
import type { Container, ContainerStateTerminated, ContainerStateWaiting } from '../../common/kube/generated/core-v1.ts'

/** Waiting reasons that mean: something is wrong, it will not go away by waiting alone. */
export const FAILING_REASONS: ReadonlySet<string> = new Set([
  'ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull', 'CrashLoopBackOff', 'CreateContainerConfigError', 'CreateContainerError',
  'RunContainerError', 'PostStartHookError', 'RegistryUnavailable',
])

/** Why a container waits, in words for a developer who is no operator. Undefined where waiting is the normal course. */
export function explainWaiting(waiting: ContainerStateWaiting | undefined, container: Pick<Container, 'name' | 'image'>, last: ContainerStateTerminated | undefined): Explanation | undefined {
  const reason = waiting?.reason
  if (reason === 'Pulling') return waiting?.message === undefined ? undefined : { reason, message: waiting.message }
  if (reason === undefined || !FAILING_REASONS.has(reason)) return undefined
  const said = asSentence(waiting?.message)
  const image = container.image ?? ''
  switch (reason) {
    case 'ImagePullBackOff':
    case 'ErrImagePull':
    case 'RegistryUnavailable':
      return { reason, message: `The image "${image}" cannot be pulled.${said} Check the image's name and tag, and that the server can reach the registry.` }
    case 'InvalidImageName':
      return { reason, message: `"${image}" is not an image name.${said} It should look like nginx or registry.example.com/team/app:1.2.` }
    case 'ErrImageNeverPull':
      return { reason, message: `The image "${image}" is not on the server, and imagePullPolicy Never forbids pulling it. Load it there or change the policy.` }
    case 'CrashLoopBackOff': {
      const ended = last === undefined ? undefined : explainTerminated(last, container)
      return { reason, message: `The program in "${container.name}" ends again and again, so it is started less and less often. ${ended?.message ?? 'Its last log lines say why.'}` }
    }
    case 'CreateContainerConfigError':
      return { reason, message: `"${container.name}" refers to something that is not there.${said} Create it, or correct the reference.` }
    case 'PostStartHookError':
      return { reason, message: `The postStart hook of "${container.name}" failed.${said}` }
    default:
      return { reason, message: `Docker could not start "${container.name}".${said}` }
  }
}

/** Why a container ended. Undefined for one that ended well. */
export function explainTerminated(terminated: ContainerStateTerminated | undefined, container: Pick<Container, 'name' | 'resources'>): Explanation | undefined {
  if (terminated === undefined || (terminated.exitCode === 0 && terminated.reason !== 'OOMKilled')) return undefined
  const reason = terminated.reason ?? 'Error'
  if (reason === 'OOMKilled') {
    const limit = container.resources?.limits?.['memory']
    return { reason, message: `"${container.name}" used more memory than it may${limit === undefined ? '' : ` (${limit})`} and was ended. Raise its memory limit, or find out what needs so much.` }
  }
  const words = terminated.message?.trim() ?? ''
  return { reason, message: `"${container.name}" ended with ${exitWords(terminated.exitCode)}${words === '' ? ': its last log lines say why.' : `: ${lastLines(words)}`}` }
}

function lastLines(text: string): string {
  const lines = text.split('\n')
  return lines.slice(-3).join('\n').slice(-300)
}
