import { expect, test } from 'vitest'
import type { HostPathVolumeSource, Pod, Volume } from './generated/core-v1.ts'
import { localData, ON_SERVER_LOSS, waitingMessage, waitsForItsServer } from './local-data.ts'

const podWith = (volume: Omit<Volume, 'name'>, readOnly = false, annotations: Record<string, string> = {}): Pod => ({
  metadata: { name: 'db-1', namespace: 'shop', annotations },
  spec: { nodeName: 'b', containers: [{ name: 'c', volumeMounts: [{ name: 'v', mountPath: '/v', readOnly }] }], volumes: [{ name: 'v', ...volume }] },
}) as unknown as Pod
const host = (path: string, type?: HostPathVolumeSource['type']): Omit<Volume, 'name'> => ({ hostPath: { path, ...(type === undefined ? {} : { type }) } })

test.each<[string, Pod, boolean]>([
  ['hostPath', podWith(host('/srv/db')), true], ['Directory', podWith(host('/srv/db', 'Directory')), true], ['DirectoryOrCreate', podWith(host('/srv/db', 'DirectoryOrCreate')), true],
  ['a file', podWith(host('/srv/app.sqlite', 'FileOrCreate')), true],
  ['only read', podWith(host('/srv/db'), true), false], ['a socket', podWith(host('/srv/x', 'Socket')), false], ['Docker\'s socket', podWith(host('/var/run/docker.sock')), false],
  ['the clock', podWith(host('/etc/localtime')), false], ['/sys/', podWith(host('/sys/')), false], ['/system is not /sys', podWith(host('/system')), true],
  ['emptyDir', podWith({ emptyDir: {} }), false], ['a config map', podWith({ configMap: { name: 'x' } }), false],
  ['start-empty', podWith(host('/srv/db'), false, { [ON_SERVER_LOSS]: 'start-empty' }), false], ['wait', podWith(host('/srv/db'), false, { [ON_SERVER_LOSS]: 'wait' }), true],
  ['a typo is no decision', podWith(host('/srv/db'), false, { [ON_SERVER_LOSS]: 'empty' }), true],
])('%s: waits is %s', (_, pod, waits) => expect(waitsForItsServer(pod)).toBe(waits))

test('a volume that an init container writes counts; the sentence says what, where and what to do', () => {
  const pod = podWith(host('/srv/db'))
  pod.spec.initContainers = pod.spec.containers
  pod.spec.containers = [{ name: 'd' }]
  expect(localData(pod)).toEqual(['/srv/db'])
  expect(waitingMessage(pod)).toMatch(/\/srv\/db.* server b, .*annotate pod db-1 -n shop toque\.dev\/on-server-loss=start-empty/)
})
