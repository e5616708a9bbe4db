import { expect } from 'vitest'
import type { ConfigMap } from '../../../src-main/common/kube/generated/core-v1.ts'
import { Refused } from '../framework/cluster-client.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { logHolds, logOf, podOf, runningPod, sh } from '../framework/pods.ts'
import { CONFIG_MAP, made, PROJECTED_CONFIG_MAP, PROJECTED_SECRET, SECRET, type FileSource } from './file-sources.ts'

// What changes in an object changes in the files of pods that run.

/** Says a file's content over and over, or that it is not there. */
function followed(path: string): { command: string[] } {
  return sh(`trap 'exit 0' TERM; while :; do if [ -e ${path} ]; then echo "content: $(cat ${path})"; else echo "Error reading file ${path}"; fi; sleep 1; done`)
}

async function change(f: Framework, source: FileSource, name: string, data: Record<string, string>): Promise<void> {
  const path = f.core(source.resource, name)
  const now = await f.client.get<ConfigMap>(path)
  await f.client.replace(path, { ...now, ...source.body(name, data), metadata: now.metadata })
}

for (const [name, source] of [
  ['[sig-storage] ConfigMap updates should be reflected in volume [NodeConformance]', CONFIG_MAP],
  ['[sig-storage] Projected configMap updates should be reflected in volume [NodeConformance]', PROJECTED_CONFIG_MAP],
] as const) {
  conformance(name, async (f) => {
    const map = await made(f, source, { 'data-1': 'value-1' })
    const pod = podOf(f.unique('pod-update'), {
      volumes: [{ name: 'v', ...source.volume(map) }], containers: [{ ...followed('/etc/volume/data-1'), volumeMounts: [{ name: 'v', mountPath: '/etc/volume', readOnly: true }] }],
    })
    await runningPod(f, pod)
    await logHolds(f, pod.metadata.name, 'c0', 'content: value-1\n')
    await change(f, source, map, { 'data-1': 'value-2' })
    await logHolds(f, pod.metadata.name, 'c0', 'content: value-2\n')
  })
}

for (const [name, source] of [
  ['[sig-storage] ConfigMap optional updates should be reflected in volume [NodeConformance]', CONFIG_MAP],
  ['[sig-storage] Projected configMap optional updates should be reflected in volume [NodeConformance]', PROJECTED_CONFIG_MAP],
  ['[sig-storage] Secrets optional updates should be reflected in volume [NodeConformance]', SECRET],
  ['[sig-storage] Projected secret optional updates should be reflected in volume [NodeConformance]', PROJECTED_SECRET],
] as const) {
  conformance(name, async (f) => {
    const first = { 'data-1': 'value-1' }
    const objects = { delete: await made(f, source, first), update: await made(f, source, first), create: f.unique(source.word) }
    const files = { delete: 'data-1', update: 'data-3', create: 'data-1' }
    const words = ['delete', 'update', 'create'] as const
    const path = (word: keyof typeof files): string => `/etc/volumes/${word}/${files[word]}`
    const pod = podOf(f.unique('pod-optional'), {
      volumes: words.map((word) => ({ name: word, ...source.volume(objects[word], { optional: true }) })),
      containers: words.map((word) => ({ name: word, ...followed(path(word)), volumeMounts: [{ name: word, mountPath: `/etc/volumes/${word}`, readOnly: true }] })),
    })
    const holds = (word: keyof typeof files, text: string): Promise<void> => logHolds(f, pod.metadata.name, word, text)
    await runningPod(f, pod)
    await holds('create', `Error reading file ${path('create')}`)
    await holds('update', `Error reading file ${path('update')}`)
    await holds('delete', 'content: value-1\n')

    await f.client.delete(f.core(source.resource, objects.delete))
    await change(f, source, objects.update, { 'data-3': 'value-3' })
    await f.client.create(f.core(source.resource), source.body(objects.create, first))
    await holds('create', 'content: value-1\n')
    await holds('update', 'content: value-3\n')
    await holds('delete', `Error reading file ${path('delete')}`)
  })
}

conformance('[sig-storage] ConfigMap binary data should be reflected in volume [NodeConformance]', async (f) => {
  const map = f.unique('configmap')
  await f.client.create(f.core('configmaps'), { ...CONFIG_MAP.body(map, { 'data-1': 'value-1' }), binaryData: { 'dump.bin': Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff]).toString('base64') } })
  const mount = { volumeMounts: [{ name: 'v', mountPath: '/etc/volume', readOnly: true }] }
  const pod = podOf(f.unique('pod-binary'), {
    volumes: [{ name: 'v', configMap: { name: map } }],
    containers: [{ name: 'text', ...followed('/etc/volume/data-1'), ...mount }, { name: 'binary', ...sh("hexdump -C /etc/volume/dump.bin; trap 'exit 0' TERM; while :; do sleep 1; done"), ...mount }],
  })
  await runningPod(f, pod)
  await logHolds(f, pod.metadata.name, 'text', 'content: value-1\n')
  await logHolds(f, pod.metadata.name, 'binary', 'de ca fe ba d0 fe ff')
  expect(await logOf(f, pod.metadata.name, 'text')).not.toContain('Error')
})

for (const [name, source] of [['[sig-storage] ConfigMap should be immutable if `immutable` field is set', CONFIG_MAP], ['[sig-storage] Secrets should be immutable if `immutable` field is set', SECRET]] as const) {
  conformance(name, async (f) => {
    const object = await made(f, source)
    const path = f.core(source.resource, object)
    const get = (): Promise<ConfigMap> => f.client.get(path)
    const data = ({ data: was = {} }: ConfigMap, key: string): Record<string, string> => ({ ...was, [key]: Buffer.from(key).toString('base64') })

    let now = await get()
    now = await f.client.replace<ConfigMap>(path, { ...now, data: data(now, 'data-4') })
    now = await f.client.replace<ConfigMap>(path, { ...now, immutable: true })
    expect(now.immutable).toBe(true)
    for (const wrong of [{ ...now, data: data(now, 'data-5') }, { ...now, immutable: false }, { ...now, immutable: undefined }]) {
      const refused = await f.client.replace(path, wrong).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(Refused)
      expect(refused).toMatchObject({ code: 422, status: { reason: 'Invalid' } })
    }
    now = await get()
    now = await f.client.replace<ConfigMap>(path, { ...now, metadata: { ...now.metadata, labels: { label1: 'value1' } } })
    expect([now.metadata.labels, Object.keys(now.data ?? {})]).toEqual([{ label1: 'value1' }, ['data-1', 'data-2', 'data-3', 'data-4']])
    await f.client.delete(path)
    expect(await f.client.ask('GET', path)).toMatchObject({ code: 404 })
  })
}
