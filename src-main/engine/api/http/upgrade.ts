import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, StatusError, toStatusError } from '../../../common/errors.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Aggregator } from '../aggregation/aggregator.ts'
import { trailOf } from '../audit/trails.ts'
import type { Api } from '../api.ts'
import { refuse } from '../upgrade.ts'
import type { StreamRequest, UpgradeHandler } from '../upgrade.ts'
import { type TokenCheck, authenticate, unauthorized } from '../authentication/authenticate.ts'
import { allowed } from '../authorization/allowed.ts'
import { noSuchPath } from './exchange.ts'
import { parseResourcePath, urlOf } from './path.ts'
import { containerOf, logOptionsOf } from './pod-log.ts'
import type { Caller, WriteOptions } from '../rest/core.ts'
import type { Reach } from './proxy/connection.ts'
import { proxyUpgrade } from './proxy/serve.ts'
import { flag } from './query.ts'

/** Checks a request to upgrade, and hands it on; what is wrong is answered on the socket. */
export async function serveUpgrade(api: Api, checkToken: TokenCheck, handler: UpgradeHandler | undefined, reach: Reach, request: IncomingMessage, socket: Duplex, head: Buffer, aggregator?: Aggregator): Promise<void> {
  socket.on('error', () => socket.destroy())
  try {
    const caller = await authenticate(request, checkToken)
    trailOf(request)?.comesFrom(caller)
    if (caller === undefined) throw unauthorized('the request has no credentials of this cluster\'s')
    const url = urlOf(request)
    const who = allowed(api.rbac, caller, request, url)
    const remote = aggregator?.remoteFor(url.pathname)
    if (remote !== undefined) return await aggregator?.forwardUpgrade(remote, request, socket, head, who)
    const path = parseResourcePath(url.pathname)
    if (path?.rest !== undefined) return await proxyUpgrade(api, reach, request, socket, head, path, writeOptions(request, who))
    const stream = streamRequestOf(api, url)
    await api.admitConnection(Pods, stream.type === 'portforward' ? stream.namespace : stream.target.namespace, stream.type === 'portforward' ? stream.pod : stream.target.pod, stream.type, optionsOf(stream), writeOptions(request, who))
    if (handler === undefined) throw new StatusError('ServiceUnavailable', 'No node is connected that could run this.')
    trailOf(request)?.begins(101)
    handler(request, socket, head, stream)
  } catch (error) {
    trailOf(request)?.fails(toStatusError(error))
    refuse(socket, error)
  }
}

function writeOptions(request: IncomingMessage, caller: Caller): WriteOptions {
  return { caller, annotate: (key, value) => trailOf(request)?.annotates(key, value) }
}

/** A stream's options, as webhooks and policies see them. */
function optionsOf(stream: StreamRequest): { kind: string } {
  if (stream.type === 'portforward') return { kind: 'PodPortForwardOptions', ...(stream.ports.length === 0 ? {} : { ports: stream.ports }) }
  const set = Object.entries(stream.options).filter(([, value]) => value !== false && value !== undefined)
  return { kind: stream.type === 'exec' ? 'PodExecOptions' : 'PodAttachOptions', ...Object.fromEntries(set), container: stream.target.container } as { kind: string }
}

/** What an upgrade is for. Throws a StatusError where it cannot be. */
function streamRequestOf(api: Api, { pathname, searchParams: query }: URL): StreamRequest {
  const path = parseResourcePath(pathname)
  if (path?.name === undefined || path.resource.plural !== 'pods' || path.resource.group !== '') throw noSuchPath()
  const { namespace, name } = path
  const pod = api.get(Pods, namespace, name) as Pod
  const streams = { stdin: flag(query, 'stdin'), stdout: flag(query, 'stdout'), stderr: flag(query, 'stderr'), tty: flag(query, 'tty') }
  switch (path.subresource) {
    case 'exec': {
      const command = query.getAll('command')
      if (command.length === 0) throw badRequest('you must specify at least one command for the container')
      return { type: 'exec', target: { namespace, pod: name, container: containerOf(pod, query.get('container') ?? '') }, options: { ...streams, command } }
    }
    case 'attach': return { type: 'attach', target: { namespace, pod: name, container: containerOf(pod, query.get('container') ?? '') }, options: streams }
    case 'log': return { type: 'log', target: { namespace, pod: name, container: containerOf(pod, query.get('container') ?? '') }, options: logOptionsOf(query) }
    case 'portforward': {
      const ports = query.getAll('ports').flatMap((p) => p.split(',')).map(Number)
      if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535)) throw badRequest('ports must be numbers from 1 to 65535')
      return { type: 'portforward', namespace, pod: name, ports }
    }
    default: throw noSuchPath()
  }
}
