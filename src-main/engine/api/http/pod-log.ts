import { once } from 'node:events'
import { badRequest, StatusError } from '../../../common/errors.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { PodLogOptions } from '../../../common/kube/node-access.ts'
import { type Exchange, methodNotAllowed } from './exchange.ts'
import { flag, wholeNumber } from './query.ts'
import type { HandlerDeps } from './resources.ts'

/** Serves `pods/log`: raw text, for as long as it is followed. */
export async function serveLog({ api, nodes }: HandlerDeps, exchange: Exchange, namespace: string, name: string): Promise<void> {
  if (exchange.method !== 'GET') throw methodNotAllowed()
  const pod = api.get(Pods, namespace, name) as Pod
  const container = containerOf(pod, exchange.query.get('container') ?? '')
  const options = logOptionsOf(exchange.query)
  if (nodes === undefined) throw new StatusError('ServiceUnavailable', 'No node is connected that could show logs.')
  const { response } = exchange
  const abort = new AbortController()
  response.on('close', () => abort.abort())
  try {
    for await (const chunk of nodes.logs({ namespace, pod: name, container }, options, abort.signal)) {
      if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/plain' })
      if (response.destroyed) return
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
  } catch (error) {
    if (abort.signal.aborted) return
    throw error
  }
  if (!response.headersSent) response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.end()
}

/** The container that a request means; BadRequest when it must name one, or names one that is not there. */
export function containerOf(pod: Pod, asked: string): string {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])].map((c) => c.name)
  const { name } = pod.metadata
  if (asked !== '') {
    if (!all.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`)
    return asked
  }
  const preferred = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container']
  if (preferred !== undefined && all.includes(preferred)) return preferred
  if (pod.spec.containers.length > 1) {
    const names = pod.spec.containers.map((c) => c.name).join(' ')
    const init = (pod.spec.initContainers ?? []).map((c) => c.name).join(' ')
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names}]${init === '' ? '' : ` or one of the init containers: [${init}]`}`)
  }
  return pod.spec.containers[0]?.name ?? ''
}

/** Reads the query of `pods/log`. */
export function logOptionsOf(query: URLSearchParams): PodLogOptions {
  const options: PodLogOptions = {}
  for (const name of ['follow', 'previous', 'timestamps'] as const) if (flag(query, name)) options[name] = true
  for (const name of ['tailLines', 'sinceSeconds', 'limitBytes'] as const) {
    const value = wholeNumber(query, name)
    if (value !== undefined) options[name] = value
  }
  const sinceTime = query.get('sinceTime')
  if (sinceTime) {
    if (Number.isNaN(Date.parse(sinceTime))) throw badRequest(`sinceTime: Invalid value: ${JSON.stringify(sinceTime)}: must be an RFC 3339 time`)
    if (options.sinceSeconds !== undefined) throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified')
    options.sinceTime = sinceTime
  }
  return options
}
