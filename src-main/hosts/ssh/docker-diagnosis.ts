import { SshError } from './ssh-error.ts'

/** Where Docker listens unless told otherwise. */
export const DOCKER_SOCKET = '/var/run/docker.sock'

/** What a server says about its Docker. */
export interface DockerFacts {
  user: string
  /** There is a docker command in the usual places. */
  cli: boolean
  /** There is a dockerd. */
  daemon: boolean
  socket: 'none' | 'denied' | 'ok'
  /** A Docker without root, of this user. */
  rootless: boolean
  podman: boolean
  /** The command line's word on the daemon: `1.41`, or its error. */
  answer: string
}

/** Servers' login shells do not all have these in the path of a command over SSH. */
const PATHS = 'PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"; export PATH'

/** A command in any login shell (also fish or csh) that a POSIX shell runs. */
export function inSh(script: string): string {
  return `exec /bin/sh -c '${script.replaceAll('\'', '\'\\\'\'')}'`
}

/** Prints what `parseFacts` reads. */
export function factsCommand(socket: string): string {
  const path = `'${socket.replaceAll('\'', '\'\\\'\'')}'`
  return inSh(`${PATHS}
echo "user=$(id -un)"
command -v docker >/dev/null 2>&1 && echo cli=yes
command -v dockerd >/dev/null 2>&1 && echo daemon=yes
if [ -S ${path} ]; then if [ -r ${path} ] && [ -w ${path} ]; then echo socket=ok; else echo socket=denied; fi; else echo socket=none; fi
[ -S "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock" ] && echo rootless=yes
command -v docker >/dev/null 2>&1 && { case "$(docker --version 2>/dev/null)" in *odman*) echo podman=yes;; esac
echo "answer=$(timeout 5 docker -H unix://${path} version --format '{{.Server.APIVersion}}' 2>&1 | tr '\\n' ' ')"; }
exit 0`)
}

/** Connects the stream to the socket. */
export function dialStdioCommand(socket: string): string {
  return inSh(`${PATHS}; exec docker -H 'unix://${socket}' system dial-stdio`)
}

/** Reads what `factsCommand` printed. */
export function parseFacts(output: string): DockerFacts {
  const facts = new Map(output.split('\n').map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1).trim()] as const
  }))
  const socket = facts.get('socket')
  return {
    user: facts.get('user') ?? '', cli: facts.has('cli'), daemon: facts.has('daemon'), rootless: facts.has('rootless'), podman: facts.has('podman'),
    socket: socket === 'ok' || socket === 'denied' ? socket : 'none', answer: facts.get('answer') ?? '',
  }
}

/** What is missing for Docker to be used through dial-stdio, as a sentence; undefined: nothing. */
export function explainDocker(server: string, socket: string, facts: DockerFacts): SshError | undefined {
  const no = (sentence: string): SshError => new SshError('docker', sentence)
  if (facts.podman) return no(`The docker command on ${server} is Podman's. Toque needs Docker Engine (20.10 or newer): install it there.`)
  if (facts.socket === 'none') {
    if (facts.rootless) return no(`${server} runs a rootless Docker of ${facts.user}, which cannot give pods addresses of their own. Install the normal Docker Engine beside it.`)
    if (facts.cli || facts.daemon) return no(`Docker on ${server} is not running: there is no socket at ${socket}. Start it there: sudo systemctl enable --now docker`)
    return no(`Docker is not installed on ${server}. Install Docker Engine 20.10 or newer there: https://docs.docker.com/engine/install`)
  }
  if (facts.socket === 'denied') return no(`${facts.user} may not use Docker on ${server}: access to ${socket} is denied. Run there: sudo usermod -aG docker ${facts.user}, and connect again.`)
  if (!facts.cli) return no(`${server} does not let us reach Docker: its SSH server forwards no unix sockets, and there is no docker command to do it. Set "AllowStreamLocalForwarding yes" (and not "DisableForwarding") in its /etc/ssh/sshd_config and reload sshd, or install docker-cli there.`)
  if (!/^\d+\.\d+$/.test(facts.answer)) return no(`Docker on ${server} does not answer (${facts.answer || 'no reason given'}). Start it there: sudo systemctl enable --now docker`)
  return undefined
}
