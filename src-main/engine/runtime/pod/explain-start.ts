import { messageOf } from '../../../common/errors.ts'
const KNOWN: [RegExp, (m: RegExpExecArray) => string][] = [
  [/Bind for ([\d.:[\]]*):(\d+) failed: port is already allocated/, (m) => `Port ${m[2] ?? ''} of the node is taken by another container: choose another hostPort, or stop what uses it.`],
  [/listen (tcp|udp)\d? [^:]*:(\d+): bind: address already in use/, (m) => `Port ${m[2] ?? ''} of the node is taken by another program: choose another hostPort, or stop what uses it.`],
  [/exec: "([^"]+)": (executable file not found in \$PATH|stat .*: no such file or directory)/, (m) => `The image has no program "${m[1] ?? ''}": check the container's command.`],
  [/exec: "([^"]+)": permission denied/, (m) => `"${m[1] ?? ''}" in the image may not be executed: check the container's command and the file's mode.`],
  [/no space left on device/, () => 'The node\'s disk is full: free space on it (docker system df shows what takes it).'],
  [/bind source path does not exist: (\S+)/, (m) => `The node has no "${m[1] ?? ''}" to mount: make it there, or use a hostPath of type DirectoryOrCreate.`],
  [/could not select device driver .*\[\[gpu\]\]|unknown or invalid runtime name: nvidia|failed to discover GPU vendor/, () => 'Docker on this server cannot hand out its GPU: install nvidia-container-toolkit there, and restart Docker.'],
  [/nvidia-container-cli: .*unknown device|device error: GPU-[\w-]+: unknown/, () => 'The GPU that the pod was given is not there any more: delete the pod, and another one gets another.'],
  [/(?:unknown or invalid runtime name:|[Uu]nknown runtime specified) (\S+)/, (m) => `Docker on this server has no runtime "${m[1] ?? ''}", which the pod's RuntimeClass names as its handler: add it to "runtimes" in the server's /etc/docker/daemon.json, or let the class's nodeSelector choose servers that have it.`],
  [/Address already in use/i, () => 'The pod\'s address is in use on the node: another container took it. Delete that container, or delete the pod.'],
  [/unable to find user (\S+):/, (m) => `The image has no user "${m[1] ?? ''}": check runAsUser and the image's USER.`],
  [/Minimum memory limit allowed is (\w+)/, (m) => `The memory limit is too small: Docker needs at least ${m[1] ?? ''}.`],
]

/** Does such a sentence, or that of a pull, say that the node's disk is full? Pure. */
export function isDiskFull(message: string): boolean {
  return message.startsWith('The node\'s disk is full')
}

/** Why a container or sandbox could not be made or started, as a sentence that says what to do, with Docker's own at its end. Pure. */
export function explainStart(error: unknown): string {
  const message = messageOf(error)
  for (const [pattern, sentence] of KNOWN) {
    const m = pattern.exec(message)
    if (m !== null) return `${sentence(m)} (Docker: ${message})`
  }
  return message
}
