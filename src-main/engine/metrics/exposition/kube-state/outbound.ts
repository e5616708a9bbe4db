import { LogSinks } from '../../../../common/kube/log-sink.ts'
import type { LogSink } from '../../../../common/kube/log-sink.ts'
import { Notifications } from '../../../../common/kube/notification.ts'
import type { Notification } from '../../../../common/kube/notification.ts'
import { conditionStates, number, stateKind } from './state-kind.ts'
import type { StateMetric } from './state-kind.ts'

/** A number that only grows, as the object's status has it. */
function counted<T>(name: string, help: string, value: (object: Readonly<T>) => number | undefined): StateMetric<T> {
  return { ...number(name, help, (object: Readonly<T>) => value(object) ?? 0), type: 'counter' }
}

/** LogSinks, as their status has it: some seconds late. */
export const logSinkState = stateKind<LogSink>({
  resource: LogSinks, labels: ({ metadata: { name } }) => ({ logsink: name }),
  metrics: [
    counted('toque_logsink_sent_lines_total', 'Lines that the other side has acknowledged.', (o) => o.status?.sentLines),
    counted('toque_logsink_dropped_lines_total', 'Lines that the other side refused for good.', (o) => o.status?.droppedLines),
    counted('toque_logsink_gaps_total', 'How often a node no longer had the line at which reading was to go on.', (o) => o.status?.gaps),
    number('toque_logsink_waiting_lines', 'Lines that are read and not acknowledged yet.', (o) => o.status?.waitingLines ?? 0),
    { name: 'toque_logsink_status_condition', help: 'Whether lines are delivered.', of: (o) => conditionStates(o.status?.conditions) },
  ],
})

/** Notifications. */
export const notificationState = stateKind<Notification>({
  resource: Notifications, labels: ({ metadata: { name } }) => ({ notification: name }),
  metrics: [
    counted('toque_notification_sent_total', 'Notifications that were taken.', (o) => o.status?.sent),
    counted('toque_notification_failed_total', 'Notifications that were given up.', (o) => o.status?.failed),
    counted('toque_notification_dropped_total', 'Notifications for which there was no room.', (o) => o.status?.dropped),
    { name: 'toque_notification_status_condition', help: 'Whether notifications are delivered.', of: (o) => conditionStates(o.status?.conditions) },
  ],
})
