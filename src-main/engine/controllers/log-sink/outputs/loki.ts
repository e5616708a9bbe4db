import type { LokiSink } from '../../../../common/kube/log-sink.ts'
import { DeliveryError } from '../../outbound/explain.ts'
import { post } from '../../outbound/post.ts'
import type { Answer } from '../../outbound/post.ts'
import { bySource, nanosOf } from '../entry.ts'
import type { LogEntry, LogOutput } from '../entry.ts'

const ANSWER_MS = 30_000

/** The secrets that a Loki wants, read. */
export interface LokiAccess {
  token?: string
  ca?: string
}

/** Sends entries to Loki's push API, as JSON. */
export function lokiOutput(spec: LokiSink, { token, ca }: LokiAccess): LogOutput {
  const url = `${spec.url.replace(/\/+$/, '')}/loki/api/v1/push`
  const authorization = token === undefined ? undefined : spec.username === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${spec.username}:${token}`).toString('base64')}`
  const headers = {
    'Content-Type': 'application/json', 'User-Agent': 'toque', ...(authorization === undefined ? {} : { Authorization: authorization }), ...(spec.tenant === undefined ? {} : { 'X-Scope-OrgID': spec.tenant }),
  }
  return {
    async send(entries, signal) {
      return verdictOf(await post({ url, headers, body: JSON.stringify({ streams: streamsOf(entries, spec.labels ?? {}) }), ca, timeoutMs: ANSWER_MS, signal }), entries.length)
    },
    close: () => Promise.resolve(),
  }
}

/** A stream for each container; what the user names is not to hide whose line it is. */
function streamsOf(entries: readonly LogEntry[], labels: Record<string, string>): object[] {
  return [...bySource(entries)].map(([{ namespace, pod, container, node, app }, lines]) => ({
    stream: { ...labels, ...(app === '' ? {} : { app }), namespace, pod, container, node },
    values: lines.map(({ time, text }) => [nanosOf(time), text]),
  }))
}

/** What Loki's answer means. Of a batch with lines that it refuses (too old, too long) it keeps the others. */
export function verdictOf({ status, text, retryAfterMs }: Answer, lines: number): { dropped: number; why?: string } {
  if (status >= 200 && status < 300) return { dropped: 0 }
  const said = text === '' ? `status ${String(status)}` : `${String(status)}: ${text.slice(0, 300)}`
  if (status === 401 || status === 403) throw new DeliveryError('WrongCredentials', `Loki does not let us in (${said}): check the token, the user name and the tenant`)
  if (status === 404 || status === 405) throw new DeliveryError('Refused', `there is no push API at this URL (${said}): the URL is Loki's base, without /loki/api/v1/push`)
  if (status >= 300 && status < 400) throw new DeliveryError('Refused', `it answers with a redirect (${said}), which is not followed: use the URL it leads to`)
  if (status === 429 || status >= 500) throw new DeliveryError('Overloaded', `Loki cannot take it at the moment (${said})`, { retryAfterMs })
  // 400 and 413: sending the same again would give the same again. Loki counts the lines that it refused.
  const refused = Number(/(\d+) (?:errors|out of order|entries)/.exec(text)?.[1] ?? lines)
  return { dropped: Math.min(refused, lines), why: `Loki refused lines (${said})` }
}
