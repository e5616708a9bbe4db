import type { Schema } from '../definitions.ts'
import { CONDITIONS, count, flag, kindOf, object, ref, text, whole, words } from './shapes.ts'

/** What is told to others: logs and Events. */
export const OUTBOUND: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.SecretKey': object({ namespace: text('The namespace of the Secret.'), name: text('Its name.'), key: text('Which of its values.') }, 'One value of a Secret.'),
  'dev.toque.v1.LogSink': kindOf('LogSink', 'Where the logs of pods are sent, line by line.', { spec: ref('dev.toque.v1.LogSinkSpec'), status: ref('dev.toque.v1.LogSinkStatus') }, ['spec']),
  'dev.toque.v1.LogSinkSpec': object({
    type: text('fluentd (or Fluent Bit), loki or file; what is set below is of that name.'),
    namespaces: words('Only pods of these namespaces; absent or empty: of all.'),
    selector: ref('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'),
    suspend: flag('Nothing is sent while it is true; afterwards it goes on where it stopped, as far as the nodes still have it.'),
    fluentd: ref('dev.toque.v1.FluentdSink'), loki: ref('dev.toque.v1.LokiSink'), file: ref('dev.toque.v1.FileSink'),
  }),
  'dev.toque.v1.FluentdSink': object({
    host: text('The name or address of the machine with the forward input.'), port: count('Default 24224.'),
    tag: text('What the tag of a line begins with; default toque. Namespace, pod and container follow.'), tls: ref('dev.toque.v1.FluentdTls'), sharedKeySecret: ref('dev.toque.v1.SecretKey'),
  }),
  'dev.toque.v1.FluentdTls': object({ caSecret: ref('dev.toque.v1.SecretKey'), serverName: text('The name that its certificate is for; default: the host.') }, 'Set, even to {}: over TLS.'),
  'dev.toque.v1.LokiSink': object({
    url: text('The base of the Loki, without /loki/api/v1/push.'), tenant: text('The X-Scope-OrgID of a Loki with several tenants.'),
    labels: { type: 'object', additionalProperties: { type: 'string' }, description: 'Labels of every stream beside namespace, pod, container and node.' },
    tokenSecret: ref('dev.toque.v1.SecretKey'), username: text('Set: the token is the password of this user.'), caSecret: ref('dev.toque.v1.SecretKey'),
  }),
  'dev.toque.v1.FileSink': object({
    directory: text('An absolute path on the machine of the engine; the file is named as the sink, and .log.'), maxBytes: whole('A file that is as long is put aside; default 10 MiB.'),
    maxFiles: count('Files kept, the present one counted; default 5.'),
  }),
  'dev.toque.v1.LogSinkStatus': object({
    observedGeneration: whole('The generation that this is about.'), conditions: CONDITIONS, containers: whole('Containers that are read.'), sentLines: whole('Lines that the other side has acknowledged.'),
    droppedLines: whole('Lines that it refused for good.'), gaps: whole('How often a node no longer had the line at which reading was to go on.'), waitingLines: whole('Lines that are read and not acknowledged yet.'),
    oldestWaitingTime: text('When the oldest of them was written.'), lastSentTime: text('When lines were acknowledged last.'),
  }),
  'dev.toque.v1.Notification': kindOf('Notification', 'Tells somebody else\'s server of Events, by POST.', { spec: ref('dev.toque.v1.NotificationSpec'), status: ref('dev.toque.v1.NotificationStatus') }, ['spec']),
  'dev.toque.v1.NotificationSpec': object({
    url: text('Where to. Redirects are not followed.'), urlSecret: ref('dev.toque.v1.SecretKey'), format: text('json (the default), slack or alertmanager.'),
    types: words('Of which types: Normal, Warning. Default: Warning.'), reasons: words('Of which reasons; absent: of all.'), kinds: words('About which kinds of objects; absent: all.'),
    namespaces: words('About objects of which namespaces; absent: of all, and those that are in none.'),
    repeatSeconds: count('The same of the same object is told again only after so long; default 300.'),
    perMinute: count('More than so many a minute wait for the next one; default 20.'),
    signatureSecret: ref('dev.toque.v1.SecretKey'), caSecret: ref('dev.toque.v1.SecretKey'), suspend: flag('Nothing is sent while it is true; what happens meanwhile is told later, as far as its Events are still there.'),
  }),
  'dev.toque.v1.NotificationStatus': object({
    observedGeneration: whole('The generation that this is about.'), conditions: CONDITIONS, sent: whole('Notifications that were taken.'), failed: whole('Those that were given up.'),
    dropped: whole('Those for which there was no room while others waited.'), repeated: whole('Events that told nothing new.'), waiting: whole('Those that are not sent yet.'),
    lastSentTime: text('When one was taken last.'), observedRevision: text('Events up to this revision are dealt with.'),
  }),
  'dev.toque.v1.LogPosition': kindOf('LogPosition', 'How far a sink has acknowledged the lines of a pod: the engine\'s own.', { containers: { type: 'object', additionalProperties: ref('dev.toque.v1.LinePosition'), description: 'By the container\'s name.' } }, ['containers']),
  'dev.toque.v1.LinePosition': object({ id: text('Docker\'s ID of the container.'), time: text('When the last acknowledged line was written.'), lines: whole('How many lines of that time are acknowledged.') }),
}
