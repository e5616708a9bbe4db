import { expect } from 'vitest'
import type { PodSpec } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { outputOf, podOf, sh } from '../framework/pods.ts'
import { CONFIG_MAP, made, PROJECTED_CONFIG_MAP, PROJECTED_SECRET, readBy, SECRET, THREE, type FileOptions, type FileSource } from './file-sources.ts'

// Keys of an object become files of a volume: which ones, where, with which mode and for whom.

interface Row {
  name: string
  source: FileSource
  options?: FileOptions
  spec?: Partial<PodSpec>
  file?: string
  content?: string
  mode?: string
}

const NON_ROOT: Partial<PodSpec> = { securityContext: { runAsUser: 1000 } }
/** The one group may read what nobody else may. */
const GROUP: Partial<PodSpec> = { securityContext: { runAsUser: 1000, fsGroup: 1001 } }
const ONLY_OWNER = { defaultMode: 0o400 }
const SECOND = { options: { items: [{ key: 'data-2', path: 'path/to/data-2' }] }, file: 'path/to/data-2', content: 'value-2' }
const FIRST = { options: { items: [{ key: 'data-1', path: 'new-path-data-1' }] }, file: 'new-path-data-1' }
const withMode = (row: typeof SECOND | typeof FIRST): Partial<Row> => ({ ...row, options: { items: row.options.items.map((item) => ({ ...item, mode: 0o400 })) }, mode: '-r--------' })

const ROWS: Row[] = [
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume [NodeConformance]', source: CONFIG_MAP },
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]', source: CONFIG_MAP, options: ONLY_OWNER, mode: '-r--------' },
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume as non-root [NodeConformance]', source: CONFIG_MAP, spec: NON_ROOT },
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume with mappings [NodeConformance]', source: CONFIG_MAP, ...SECOND },
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [NodeConformance]', source: CONFIG_MAP, ...withMode(SECOND) },
  { name: '[sig-storage] ConfigMap should be consumable from pods in volume with mappings as non-root [NodeConformance]', source: CONFIG_MAP, ...SECOND, spec: NON_ROOT },

  { name: '[sig-storage] Projected configMap should be consumable from pods in volume [NodeConformance]', source: PROJECTED_CONFIG_MAP },
  { name: '[sig-storage] Projected configMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]', source: PROJECTED_CONFIG_MAP, options: ONLY_OWNER, mode: '-r--------' },
  { name: '[sig-storage] Projected configMap should be consumable from pods in volume as non-root [NodeConformance]', source: PROJECTED_CONFIG_MAP, spec: NON_ROOT },
  { name: '[sig-storage] Projected configMap should be consumable from pods in volume with mappings [NodeConformance]', source: PROJECTED_CONFIG_MAP, ...SECOND },
  { name: '[sig-storage] Projected configMap should be consumable from pods in volume with mappings and Item mode set [LinuxOnly] [NodeConformance]', source: PROJECTED_CONFIG_MAP, ...withMode(SECOND) },
  { name: '[sig-storage] Projected configMap should be consumable from pods in volume with mappings as non-root [NodeConformance]', source: PROJECTED_CONFIG_MAP, ...SECOND, spec: NON_ROOT },

  { name: '[sig-storage] Secrets should be consumable from pods in volume [NodeConformance]', source: SECRET },
  { name: '[sig-storage] Secrets should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]', source: SECRET, options: ONLY_OWNER, mode: '-r--------' },
  { name: '[sig-storage] Secrets should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [NodeConformance]', source: SECRET, options: { defaultMode: 0o440 }, spec: GROUP, mode: '-r--r-----' },
  { name: '[sig-storage] Secrets should be consumable from pods in volume with mappings [NodeConformance]', source: SECRET, ...FIRST },
  { name: '[sig-storage] Secrets should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [NodeConformance]', source: SECRET, ...withMode(FIRST) },

  { name: '[sig-storage] Projected secret should be consumable from pods in volume [NodeConformance]', source: PROJECTED_SECRET },
  { name: '[sig-storage] Projected secret should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]', source: PROJECTED_SECRET, options: ONLY_OWNER, mode: '-r--------' },
  { name: '[sig-storage] Projected secret should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [NodeConformance]', source: PROJECTED_SECRET, options: { defaultMode: 0o440 }, spec: GROUP, mode: '-r--r-----' },
  { name: '[sig-storage] Projected secret should be consumable from pods in volume with mappings [NodeConformance]', source: PROJECTED_SECRET, ...FIRST },
  { name: '[sig-storage] Projected secret should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [NodeConformance]', source: PROJECTED_SECRET, ...withMode(FIRST) },
]

for (const { name, source, options, spec, file = 'data-1', content = 'value-1', mode = '-rw-r--r--' } of ROWS) {
  conformance(name, async (f) => {
    const path = `/etc/${source.word}-volume-0/${file}`
    expect(await readBy(f, source.word, [source.volume(await made(f, source), options)], file, spec)).toBe(`content of ${path}: ${content}\nmode of ${path}: ${mode}\n`)
  })
}

const TWICE: [string, FileSource][] = [
  ['[sig-storage] ConfigMap should be consumable in multiple volumes in the same pod [NodeConformance]', CONFIG_MAP],
  ['[sig-storage] Projected configMap should be consumable in multiple volumes in the same pod [NodeConformance]', PROJECTED_CONFIG_MAP],
  ['[sig-storage] Secrets should be consumable in multiple volumes in a pod [NodeConformance]', SECRET],
  ['[sig-storage] Projected secret should be consumable in multiple volumes in a pod [NodeConformance]', PROJECTED_SECRET],
]

for (const [name, source] of TWICE) {
  conformance(name, async (f) => {
    const volume = source.volume(await made(f, source))
    const said = await readBy(f, source.word, [volume, volume], 'data-1')
    for (const i of [0, 1]) expect(said).toContain(`content of /etc/${source.word}-volume-${String(i)}/data-1: value-1\n`)
  })
}

conformance('[sig-storage] Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace [NodeConformance]', async (f) => {
  const name = await made(f, SECRET)
  const other = f.unique('secret-namespace')
  await f.client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } })
  f.after(() => f.client.delete(`/api/v1/namespaces/${other}`))
  await f.client.create(`/api/v1/namespaces/${other}/secrets`, SECRET.body(name, { 'data-1': 'this_should_not_match_content_of_other_secret' }))
  expect(await readBy(f, 'secret', [SECRET.volume(name)], 'data-1')).toContain('data-1: value-1\n')
})

conformance('[sig-storage] Projected combined should project all components that make up the projection API [Projection] [NodeConformance]', async (f) => {
  const [map, secret] = [await made(f, CONFIG_MAP, { ...THREE, 'configmap-data': 'configmap-value-1' }), await made(f, SECRET, { ...THREE, 'secret-data': 'secret-value-1' })]
  const pod = podOf(f.unique('projected-volume'), {
    volumes: [{ name: 'podinfo', projected: { sources: [
      { downwardAPI: { items: [{ path: 'podname', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { secret: { name: secret, items: [{ key: 'secret-data', path: 'secret-data' }] } },
      { configMap: { name: map, items: [{ key: 'configmap-data', path: 'configmap-data' }] } },
    ] } }],
    containers: [{ ...sh('cat /all/podname && cat /all/secret-data && cat /all/configmap-data'), volumeMounts: [{ name: 'podinfo', mountPath: '/all', readOnly: false }] }],
  })
  expect(await outputOf(f, pod)).toBe(`${pod.metadata.name}secret-value-1configmap-value-1`)
})
