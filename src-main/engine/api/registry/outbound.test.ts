import { afterAll, beforeAll, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { LogSinks } from '../../../common/kube/log-sink.ts'
import { Notifications } from '../../../common/kube/notification.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { ConfigMaps, Secrets } from '../../../common/kube/kinds.ts'
import { readObject } from '../http/field-validation.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'

// What a person may write wrong in the kinds that send something to others, and what is said to it.

let t: TestApi
let serial = 0
beforeAll(async () => { t = await startTestApi() })
afterAll(() => t.close())

async function refusal(resource: typeof LogSinks | typeof Notifications, spec: unknown): Promise<string[]> {
  try {
    const body = readObject(t.api.core.schemas, resource, { apiVersion: 'toque.dev/v1', kind: resource.kind, metadata: { name: 'x' }, spec }, 'Strict', () => undefined)
    await t.api.create(resource, '', body, { ...AS_TESTER, dryRun: true })
    return []
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason === 'InternalError') throw error
    return error.details.causes?.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`) ?? [error.message]
  }
}

const key = { namespace: 'default', name: 's', key: 'k' }
test.each<[unknown, string[]]>([
  [{ type: 'fluentd', fluentd: { host: 'logs.example.com', tls: {}, sharedKeySecret: key } }, []],
  [{ type: 'loki', namespaces: ['a'], selector: { matchLabels: { app: 'x' } }, loki: { url: 'https://loki.example.com', username: 'u', tokenSecret: key, labels: { cluster: 'home' } } }, []],
  [{ type: 'file', file: { directory: '/var/log/pods', maxFiles: 3 } }, []],
  [{}, ['spec.type: Required value']],
  [{ type: 'syslog' }, ['spec.type: Unsupported value: "syslog": supported values: "file", "fluentd", "loki"']],
  [{ type: 'loki' }, ['spec.loki: Required value: must be set where spec.type is loki']],
  [{ type: 'file', file: { directory: '/x' }, loki: { url: 'http://a' } }, ['spec.loki: Forbidden: may only be set where spec.type is loki']],
  [{ type: 'file', file: { directory: 'logs' } }, ['spec.file.directory: Invalid value: "logs": must be an absolute path on the machine of the engine']],
  [{ type: 'file', file: { directory: '/x', maxBytes: 10, maxFiles: 0 } }, ['spec.file.maxBytes: Invalid value: 10: must be at least 65536', 'spec.file.maxFiles: Invalid value: 0: must be between 1 and 100']],
  [{ type: 'fluentd', fluentd: { host: 'tcp://a', port: 70000, tag: 'a b' } }, [
    'spec.fluentd.host: Invalid value: "tcp://a": must be a name or an address, without scheme and port', 'spec.fluentd.port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    'spec.fluentd.tag: Invalid value: "a b": must be of letters, digits, dots, dashes and underscores',
  ]],
  [{ type: 'loki', loki: { url: 'https://user:hidden@loki' } }, ['spec.loki.url: Forbidden: a user name or password in a URL can be read by whoever sees this object: put it into a Secret']],
  [{ type: 'loki', loki: { url: 'ftp://loki', labels: { pod: 'x', '1a': 'y' } } }, [
    'spec.loki.url (scheme): Unsupported value: "ftp": supported values: "http", "https"', 'spec.loki.labels[pod]: Forbidden: is set for every line by Toque',
    'spec.loki.labels[1a]: Invalid value: "1a": must be of letters, digits and underscores, and not begin with a digit',
  ]],
  [{ type: 'loki', loki: { url: 'http://a', username: 'u' } }, ['spec.loki.tokenSecret: Required value: must name the password where spec.loki.username is set']],
  [{ type: 'loki', loki: { url: 'http://a', tokenSecret: { name: 'S' } } }, [
    'spec.loki.tokenSecret.namespace: Required value', expect.stringContaining('spec.loki.tokenSecret.name: Invalid value: "S"') as string, 'spec.loki.tokenSecret.key: Required value',
  ]],
  [{ type: 'file', file: { directory: '/x' }, unknown: 1 }, [expect.stringContaining('unknown field') as string]],
])('LogSink %j: %j', async (spec, wanted) => expect(await refusal(LogSinks, spec)).toEqual(wanted))

test.each<[unknown, string[]]>([
  [{ url: 'https://hooks.example.com/a' }, []],
  [{ urlSecret: key, format: 'slack', types: ['Warning', 'Normal'], reasons: ['BackOff'], kinds: ['Pod'], namespaces: ['a'], repeatSeconds: 0, perMinute: 1, signatureSecret: key }, []],
  [{}, ['spec.url: Required value']],
  [{ url: 'not a url' }, ['spec.url: Invalid value: "<not a URL>": must be a URL such as https://example.com/hook']],
  [{ url: 'file:///etc/passwd' }, ['spec.url (scheme): Unsupported value: "file": supported values: "http", "https"']],
  [{ url: 'http://a', urlSecret: key }, ['spec.url: Forbidden: may not be set beside spec.urlSecret']],
  [{ url: 'http://a', format: 'xml', types: ['Error'] }, ['spec.format: Unsupported value: "xml": supported values: "alertmanager", "json", "slack"', 'spec.types[0]: Unsupported value: "Error": supported values: "Normal", "Warning"']],
  [{ url: 'http://a', repeatSeconds: -1, perMinute: 0 }, ['spec.repeatSeconds: Invalid value: -1: must be between 0 and 604800', 'spec.perMinute: Invalid value: 0: must be between 1 and 600']],
  [{ url: 'http://a', reasons: ['Back Off'], namespaces: ['A'] }, ['spec.reasons[0]: Invalid value: "Back Off": must be one word, such as BackOff or Pod', expect.stringContaining('spec.namespaces[0]: Invalid value: "A"') as string]],
])('Notification %j: %j', async (spec, wanted) => expect(await refusal(Notifications, spec)).toEqual(wanted))

test.each([[ConfigMaps, { data: { a: '1' } }, { data: { a: '2' } }], [ConfigMaps, { binaryData: { a: 'AA==' } }, {}], [Secrets, { data: { a: 'AA==' } }, { data: { a: 'AQ==' } }]])('an immutable %o stays as it is', async (resource, content, other) => {
  const head = { metadata: { name: `frozen-${String(serial++)}` } }
  const stored: KubeObject = await t.api.create(resource, 'default', { ...head, ...content, immutable: true }, AS_TESTER)
  const update = (change: object): Promise<KubeObject> => t.api.update(resource, 'default', stored.metadata.name, { ...head, ...change }, AS_TESTER)
  await expect(update({ ...other, immutable: true })).rejects.toThrow('field is immutable when `immutable` is set')
  await expect(update(content)).rejects.toThrow('immutable: Forbidden: field is immutable when `immutable` is set')
  await update({ ...content, immutable: true, metadata: { ...head.metadata, labels: { a: 'b' } } })
})
