import { createHash, createHmac } from 'node:crypto'
import type { NotificationSpec } from '../../../common/kube/notification.ts'
import type { News } from './event-news.ts'

/** Chat programs cut longer ones, or refuse them. */
const LONGEST_TEXT = 3000

/** The body of a notification: JSON in each format. `name`: the Notification's. */
export function payloadOf(format: NotificationSpec['format'], name: string, news: News): string {
  switch (format) {
    case 'slack': return JSON.stringify({ text: slackText(news) })
    case 'alertmanager': return JSON.stringify(alertmanagerBody(name, news))
    default: return JSON.stringify({ version: 1, notification: name, ...news })
  }
}

/** Signs a body with when it was sent, so that it can be told from one that somebody else sends again: hex. */
export function signatureOf(key: string, unixSeconds: string, body: string): string {
  return createHmac('sha256', key).update(`${unixSeconds}.${body}`).digest('hex')
}

/** `Pod default/web-1`. */
function objectName({ object: { kind, namespace, name } }: News): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

/** Slack's own rule: these three and no others, so that what a pod says makes no link and calls nobody. */
function slackText(news: News): string {
  const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const times = news.count > 1 ? ` (${String(news.count)} times)` : ''
  const message = news.message.length > LONGEST_TEXT ? `${news.message.slice(0, LONGEST_TEXT)}…` : news.message
  return `*${escaped(news.reason)}* ${escaped(objectName(news))}${times}\n${escaped(message)}`
}

/** As Prometheus' Alertmanager tells its webhooks, version 4: what takes those takes these. */
function alertmanagerBody(name: string, news: News): object {
  const { namespace, kind, name: of, uid } = news.object
  const labels = { alertname: news.reason, severity: news.type === 'Warning' ? 'warning' : 'info', namespace, kind, name: of }
  const annotations = { summary: `${news.reason}: ${objectName(news)}`, description: news.message }
  const fingerprint = createHash('sha256').update(JSON.stringify([uid, labels])).digest('hex').slice(0, 16)
  const alert = { status: 'firing', labels, annotations, startsAt: news.firstTime, endsAt: '0001-01-01T00:00:00Z', generatorURL: '', fingerprint }
  return {
    version: '4', groupKey: `{}:{alertname="${news.reason}"}`, truncatedAlerts: 0, status: 'firing', receiver: name, groupLabels: { alertname: news.reason },
    commonLabels: labels, commonAnnotations: annotations, externalURL: '', alerts: [alert],
  }
}
