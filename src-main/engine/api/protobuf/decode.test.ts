import protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { decodeObject, encodeObject, isProtobuf } from './envelope.ts'

const writer = (): protobuf.Writer => protobuf.Writer.create()
const text = (number: number, value: string): ((w: protobuf.Writer) => protobuf.Writer) => (w) => w.uint32(number << 3 | 2).string(value)
const int = (number: number, value: number): ((w: protobuf.Writer) => protobuf.Writer) => (w) => w.uint32(number << 3).int64(value)
const message = (...parts: ((w: protobuf.Writer) => protobuf.Writer)[]): Uint8Array => parts.reduce((w, part) => part(w), writer()).finish()
const inner = (number: number, ...parts: ((w: protobuf.Writer) => protobuf.Writer)[]) => (w: protobuf.Writer): protobuf.Writer => w.uint32(number << 3 | 2).bytes(message(...parts))
const body = (apiVersion: string, kind: string, ...parts: ((w: protobuf.Writer) => protobuf.Writer)[]): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), message(inner(1, text(1, apiVersion), text(2, kind)), inner(2, ...parts), text(3, ''), text(4, ''))])
// What Go writes though nobody set it: empty texts, an empty time, zero numbers, a status of nothing.
const metadata = (name: string) => inner(1, text(1, name), text(2, ''), text(3, ''), text(4, ''), text(5, ''), text(6, ''), int(7, 0), inner(8))

test('a config map, with what nobody set left out', () => {
  const bytes = body('v1', 'ConfigMap', metadata('m'), inner(2, text(1, 'a'), text(2, '1')), inner(2, text(1, 'b'), text(2, '')))
  expect(isProtobuf(bytes)).toBe(true)
  expect(decodeObject(bytes)).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: '1', b: '' } })
})

test('a pointer to zero is kept, a number or name of a port is told apart', () => {
  const port = (target: ((w: protobuf.Writer) => protobuf.Writer)[]) => inner(1, text(1, ''), int(3, 80), inner(4, ...target), int(5, 0))
  expect(decodeObject(body('apps/v1', 'Deployment', metadata('d'), inner(2, int(1, 0), int(5, 0)), inner(3, int(1, 0))))).toMatchObject({ spec: { replicas: 0 } })
  expect(decodeObject(body('v1', 'Service', metadata('s'), inner(2, port([int(1, 0), int(2, 8080), text(3, '')]), port([int(1, 1), int(2, 0), text(3, 'web')]), int(12, 0)))))
    .toEqual({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80, targetPort: 8080 }, { port: 80, targetPort: 'web' }] } })
})

test('a disruption budget of none unavailable keeps that none, and has only what was set', () => {
  const spec = inner(2, inner(2, inner(1, text(1, 'app'), text(2, 'db'))), inner(3, int(1, 0), int(2, 0), text(3, '')))
  expect(decodeObject(body('policy/v1', 'PodDisruptionBudget', metadata('b'), spec))).toEqual({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec: { selector: { matchLabels: { app: 'db' } }, maxUnavailable: 0 } })
})

test('a cron job with its job inside', () => {
  const podSpec = inner(2, inner(2, text(1, 'c'), text(2, 'busybox')), text(3, 'OnFailure'))
  const job = inner(2, int(1, 2), int(7, 0), text(9, 'Indexed'), inner(6, inner(1), podSpec))
  expect(decodeObject(body('batch/v1', 'CronJob', metadata('c'), inner(2, text(1, '0 * * * *'), text(3, 'Forbid'), inner(5, inner(1), job), text(8, 'Asia/Seoul')), inner(3)))).toMatchObject({
    spec: { schedule: '0 * * * *', concurrencyPolicy: 'Forbid', timeZone: 'Asia/Seoul', jobTemplate: { spec: { parallelism: 2, backoffLimit: 0, completionMode: 'Indexed', template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox' }] } } } } },
  })
})

test.each<[string, Buffer, number, RegExp]>([
  ['a kind that has no protobuf', body('toque.dev/v1', 'Server', metadata('s')), 415, /Server of toque.dev\/v1 cannot be sent in protobuf, only Kubernetes' own kinds/],
  ['a kind that nobody knows', body('v1', 'constructor'), 415, /constructor of v1/],
  ['garbage', Buffer.from('k8s\0\xff\xff\xff', 'latin1'), 400, /cannot be read as protobuf/],
  ['JSON', Buffer.from('{"kind":"Pod"}'), 400, /does not begin as Kubernetes objects do/],
  ['cut short', body('v1', 'ConfigMap', metadata('m')).subarray(0, 24), 400, /cannot be read as protobuf/],
  ['a number where a text belongs', body('v1', 'ConfigMap', inner(1, int(1, 7))), 400, /wire type 0, not 2/],
  ['a time that is none', body('v1', 'ConfigMap', inner(1, inner(8, int(1, Number.MAX_SAFE_INTEGER)))), 400, /there is no time/],
  ['JSON inside that is none', body('apps/v1', 'ControllerRevision', metadata('r'), inner(2, text(1, '{'))), 400, /cannot be read as protobuf/],
])('%s is refused', (_, bytes, code, why) => {
  const refused = (() => {
    try {
      return decodeObject(bytes)
    } catch (error) {
      return error
    }
  })()
  expect(refused).toMatchObject({ code, message: expect.stringMatching(why) as unknown })
})

test('a list of very many is read in its time, numbers that are packed too', () => {
  const finalizers = (w: protobuf.Writer): protobuf.Writer => {
    for (let i = 0; i < 200_000; i++) text(14, '')(w)
    return w
  }
  const many = body('v1', 'ServiceAccount', inner(1, finalizers))
  const began = performance.now()
  const { metadata: read } = decodeObject(many) as { metadata: { finalizers: string[] } }
  expect(read.finalizers).toHaveLength(200_000)
  // Read anew for each, it would be many minutes.
  expect(performance.now() - began).toBeLessThan(60_000)
  const packed = (w: protobuf.Writer): protobuf.Writer => w.uint32(4 << 3 | 2).bytes(Uint8Array.from([0, 1, 7]))
  expect(decodeObject(body('v1', 'Pod', metadata('p'), inner(2, inner(14, packed))))).toMatchObject({ spec: { securityContext: { supplementalGroups: [0, 1, 7] } } })
})

test('what only a newer release knows is passed over, and a key may be called anything', () => {
  const bytes = body('v1', 'ConfigMap', metadata('m'), inner(2, text(1, '__proto__'), text(2, 'x')), text(77, 'news'))
  const { data } = decodeObject(bytes) as { data: object }
  expect([Object.keys(data), Object.getPrototypeOf(data)]).toEqual([['__proto__'], Object.prototype])
})

test('what `kubectl autoscale` of 1.32 sends', () => {
  const sent = '6b3873000a290a0e6175746f7363616c696e672f76311217486f72697a6f6e74616c506f644175746f7363616c657212410a140a047765623112001a0022002a00320038004200'
    + '12230a1b0a0a4465706c6f796d656e741204776562311a07617070732f7631100218042032' + '1a04180020001a002200'
  const read = decodeObject(Buffer.from(sent, 'hex')) as { apiVersion: string; kind: string }
  expect(decodeObject(encodeObject(read))).toEqual(read)
  expect(read).toEqual({
    apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web1' }, status: { currentReplicas: 0, desiredReplicas: 0 },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web1', apiVersion: 'apps/v1' }, minReplicas: 2, maxReplicas: 4, targetCPUUtilizationPercentage: 50 },
  })
})

test('what a client read before and sends again: a time with its nanoseconds, and what is of no field here but empty all through', () => {
  const read = inner(1, text(1, 'looker'), text(3, 'default'), text(5, 'u'), text(6, '29'), inner(8, int(1, 1_795_878_414), int(2, 0)), inner(99, int(1, 0), inner(2, text(1, ''), int(2, 0))))
  const rule = inner(2, text(1, 'get'), text(2, ''), text(3, 'pods'))
  expect(decodeObject(body('rbac.authorization.k8s.io/v1', 'Role', read, rule))).toEqual({
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role',
    metadata: { name: 'looker', namespace: 'default', uid: 'u', resourceVersion: '29', creationTimestamp: '2026-11-28T15:06:54Z' },
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
  })
})
