import type { Schema } from './definitions.ts'

// The kinds of the group toque.dev, described as Kubernetes describes its own.

const text = (description: string): Schema => ({ type: 'string', description })
const words = (description: string): Schema => ({ type: 'array', items: { type: 'string' }, description })
const whole = (description: string): Schema => ({ type: 'integer', format: 'int64', description })
const flag = (description: string): Schema => ({ type: 'boolean', description })
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` })
const object = (properties: Record<string, Schema>, description?: string): Schema => ({ type: 'object', properties, ...(description === undefined ? {} : { description }) })
const CONDITIONS: Schema = { type: 'array', items: ref('io.k8s.apimachinery.pkg.apis.meta.v1.Condition'), description: 'What is so at the moment, and why.' }
const META: Schema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }

/** Definitions by name, beside Kubernetes' own. */
export const TOQUE_DEFINITIONS: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Server': {
    description: 'A machine that the cluster runs on; the node of the same name is made of it.',
    type: 'object',
    properties: {
      apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META,
      spec: { $ref: '#/definitions/dev.toque.v1.ServerSpec' }, status: { $ref: '#/definitions/dev.toque.v1.ServerStatus' },
    },
    required: ['spec'],
    'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind: 'Server' }],
  },
  'dev.toque.v1.ServerSpec': {
    type: 'object',
    properties: {
      local: { type: 'boolean', description: 'The machine that the engine runs on, by its own Docker; nothing else is set then.' },
      host: text('Where SSH finds it: a name, an address, or an entry of ~/.ssh/config.'),
      port: { type: 'integer', format: 'int32', description: 'Default: as ~/.ssh/config says, else 22.' },
      user: text('Default: as ~/.ssh/config says, else root.'),
      zone: text('The failure zone: the label topology.kubernetes.io/zone of the node.'),
    },
  },
  'dev.toque.v1.ServerStatus': {
    type: 'object',
    properties: {
      phase: text('How the connection to it is: Connecting, Connected or Unreachable.'), reason: text('Why it is unreachable, in one word.'),
      message: text('Why it is unreachable, and what to do.'), retries: { type: 'boolean', description: 'It is tried again without anybody doing something.' },
    },
  },
  'dev.toque.v1.SecretKey': object({ namespace: text('The namespace of the Secret.'), name: text('Its name.'), key: text('Which of its values.') }, 'One value of a Secret.'),
  'dev.toque.v1.LogSink': kindOf('LogSink', 'Where the logs of pods are sent, line by line.', { spec: ref('dev.toque.v1.LogSinkSpec'), status: ref('dev.toque.v1.LogSinkStatus') }, ['spec']),
  'dev.toque.v1.LogSinkSpec': object({
    type: text('fluentd (or Fluent Bit), loki or file; what is set below is of that name.'),
    namespaces: { type: 'array', items: { type: 'string' }, description: 'Only pods of these namespaces; absent or empty: of all.' },
    selector: ref('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'),
    suspend: flag('Nothing is sent while it is true; afterwards it goes on where it stopped, as far as the nodes still have it.'),
    fluentd: ref('dev.toque.v1.FluentdSink'), loki: ref('dev.toque.v1.LokiSink'), file: ref('dev.toque.v1.FileSink'),
  }),
  'dev.toque.v1.FluentdSink': object({
    host: text('The name or address of the machine with the forward input.'), port: { type: 'integer', format: 'int32', description: 'Default 24224.' },
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
    maxFiles: { type: 'integer', format: 'int32', description: 'Files kept, the present one counted; default 5.' },
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
    repeatSeconds: { type: 'integer', format: 'int32', description: 'The same of the same object is told again only after so long; default 300.' },
    perMinute: { type: 'integer', format: 'int32', description: 'More than so many a minute wait for the next one; default 20.' },
    signatureSecret: ref('dev.toque.v1.SecretKey'), caSecret: ref('dev.toque.v1.SecretKey'), suspend: flag('Nothing is sent while it is true; what happens meanwhile is told later, as far as its Events are still there.'),
  }),
  'dev.toque.v1.NotificationStatus': object({
    observedGeneration: whole('The generation that this is about.'), conditions: CONDITIONS, sent: whole('Notifications that were taken.'), failed: whole('Those that were given up.'),
    dropped: whole('Those for which there was no room while others waited.'), repeated: whole('Events that told nothing new.'), waiting: whole('Those that are not sent yet.'),
    lastSentTime: text('When one was taken last.'), observedRevision: text('Events up to this revision are dealt with.'),
  }),
  'dev.toque.v1.LogPosition': kindOf('LogPosition', 'How far a sink has acknowledged the lines of a pod: the engine\'s own.', { containers: { type: 'object', additionalProperties: ref('dev.toque.v1.LinePosition'), description: 'By the container\'s name.' } }, ['containers']),
  'dev.toque.v1.LinePosition': object({ id: text('Docker\'s ID of the container.'), time: text('When the last acknowledged line was written.'), lines: whole('How many lines of that time are acknowledged.') }),
  'dev.toque.v1.Rebalance': {
    description: 'A wish that pods are spread anew, so that a server that came (back) is used.',
    type: 'object',
    properties: {
      apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META,
      spec: { $ref: '#/definitions/dev.toque.v1.RebalanceSpec' }, status: { $ref: '#/definitions/dev.toque.v1.RebalanceStatus' },
    },
    'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind: 'Rebalance' }],
  },
  'dev.toque.v1.RebalanceSpec': {
    type: 'object',
    properties: {
      when: text('Once (the default): now, to its end. Always: whenever servers came or changed, and that has settled.'),
      namespaces: { type: 'array', items: { type: 'string' }, description: 'Only pods of these namespaces; absent: of all.' },
      atOnce: { type: 'integer', format: 'int32', description: 'Moves under way at a time, of different apps. Default 1.' },
      settleSeconds: { type: 'integer', format: 'int32', description: 'Always: how long the servers must have been as they are. Default 60.' },
    },
  },
  'dev.toque.v1.RebalanceStatus': {
    type: 'object',
    properties: {
      phase: text('Running, Waiting, Done or Stopped.'), message: text('What it waits for, or how it ended.'),
      observedGeneration: { type: 'integer', format: 'int64', description: 'The generation of the spec that this is about.' },
      current: { type: 'array', items: { $ref: '#/definitions/dev.toque.v1.RebalanceMove' }, description: 'Moves under way.' },
      moves: { type: 'array', items: { $ref: '#/definitions/dev.toque.v1.RebalanceMoveDone' }, description: 'Moves that are over, the last 100.' },
    },
  },
  'dev.toque.v1.RebalanceMove': {
    type: 'object',
    properties: {
      namespace: text('The pod\'s namespace.'), pod: text('Its name.'), uid: text('Its UID.'), owner: text('UID of the controller that makes it anew.'), from: text('The node that it leaves.'),
      to: { type: 'array', items: { type: 'string' }, description: 'Where it may go: equally good nodes.' },
      reason: text('NotAllowed, Spread, Crowded or Uneven.'), ready: { type: 'integer', format: 'int32', description: 'Ready pods of its owner before.' }, since: text('When it was asked to go.'),
    },
  },
  'dev.toque.v1.RebalanceMoveDone': {
    type: 'object',
    properties: {
      namespace: text('The pod\'s namespace.'), pod: text('Its name.'), owner: text('UID of the controller that makes it anew.'), from: text('The node that it left.'), to: text('The node of its replacement.'),
      reason: text('NotAllowed, Spread, Crowded or Uneven.'), inVain: { type: 'boolean', description: 'It did not go where it should have.' },
    },
  },
}

function kindOf(kind: string, description: string, properties: Record<string, Schema>, required: string[]): Schema {
  return {
    description, type: 'object', properties: { apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META, ...properties }, required,
    'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind }],
  }
}
