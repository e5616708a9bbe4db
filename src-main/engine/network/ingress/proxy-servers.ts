import type { IngressBackendModel, IngressServer } from './ingress-model.ts'

/** The longest line of commands that the proxy reads for certain. */
const LINE_BYTES = 8_000
/** Ends each line, and is answered by one word: most commands say nothing when they worked, and neither does a proxy that never came to read them. */
const LAST = 'show cli level'
const LAST_SAYS = 'admin'

/** A server's name in the proxy's configuration: its address. So no server ever becomes another one, and a connection that HAProxy keeps for it leads where it says. */
export function serverName({ ip, port }: IngressServer): string {
  return `${ip}:${String(port)}`
}

/** What a `server` line of a backend says besides name, address and weight. */
export function serverOptions({ options }: IngressBackendModel): string {
  return options.backendTls ? ' ssl verify none sni var(txn.host)' : ''
}

/** Names of all servers, with their backends. */
export function serverNames(backends: readonly IngressBackendModel[]): string[] {
  return backends.flatMap(({ name, servers }) => servers.map((server) => `${name}/${serverName(server)}`))
}

/**
 * The proxy's commands, many on a line, that bring the servers of a proxy that runs with `before` to those of `after`; backends that are not in both are a new configuration's matter. Who leaves
 * is put into `maint`, and not deleted: requests finish, and nobody is sent there. An address that comes may have been there before: then the proxy says so, and its server is used again. Pure.
 */
export function serverCommands(before: readonly IngressBackendModel[], after: readonly IngressBackendModel[]): string[] {
  const running = new Map(before.map((backend) => [backend.name, backend]))
  const commands = after.flatMap((backend) => {
    const old = running.get(backend.name)
    return old === undefined ? [] : backendCommands(old, backend.servers)
  })
  const lines: string[] = []
  for (const command of commands) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + command.length < LINE_BYTES) lines[lines.length - 1] = `${last};${command}`
    else lines.push(command)
  }
  return lines.map((line) => `${line};${LAST}`)
}

/** Who comes is there before anybody leaves: at no moment is there nobody. */
function backendCommands(running: IngressBackendModel, servers: readonly IngressServer[]): string[] {
  const was = new Map(running.servers.map((server) => [serverName(server), server]))
  const is = new Set(servers.map(serverName))
  const at = (name: string): string => `${running.name}/${name}`
  const come = servers.filter((server) => !was.has(serverName(server)))
  const weightOf = (server: IngressServer): string => `set server ${at(serverName(server))} weight ${String(server.weight)}`
  return [
    ...come.flatMap((server) => [`add server ${at(serverName(server))} ${serverName(server)}${serverOptions(running)}`, weightOf(server)]),
    // An added server gets its cookie by this only.
    ...(come.length > 0 && running.options.cookie !== undefined ? [`enable dynamic-cookie backend ${running.name}`] : []),
    ...come.map((server) => `set server ${at(serverName(server))} state ready`),
    ...servers.filter((server) => (was.get(serverName(server)) ?? server).weight !== server.weight).map(weightOf),
    ...[...was.keys()].filter((name) => !is.has(name)).map((name) => `set server ${at(name)} state maint`),
  ]
}

/** Did the proxy do all of these commands, by all that it said to them? */
export function taken(commands: readonly string[], answer: string): boolean {
  const said = answer.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^(New server registered\.|Already exists a server with the same name in backend\.)$/.test(line))
  return said.length === commands.length && said.every((line) => line === LAST_SAYS)
}
