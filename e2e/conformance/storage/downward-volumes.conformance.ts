import { expect } from 'vitest'
import type { DownwardAPIVolumeFile, Pod, Volume } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { logHolds, outputOf, podOf, runningPod, sh } from '../framework/pods.ts'
import { told } from './file-sources.ts'

// A pod's own fields and resources are files in it, and follow what changes.

type Kind = 'Downward API volume' | 'Projected downwardAPI'
const CONTAINER = 'client-container'
const MOUNT = { volumeMounts: [{ name: 'podinfo', mountPath: '/etc/podinfo', readOnly: false }] }
const RESOURCES = { resources: { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } } }

function volumeOf(kind: Kind, items: DownwardAPIVolumeFile[], defaultMode?: number): Volume {
  const mode = defaultMode === undefined ? {} : { defaultMode }
  return { name: 'podinfo', ...(kind === 'Downward API volume' ? { downwardAPI: { items, ...mode } } : { projected: { sources: [{ downwardAPI: { items } }], ...mode } }) }
}

const podname = (mode?: number): DownwardAPIVolumeFile => ({ path: 'podname', fieldRef: { fieldPath: 'metadata.name' }, ...(mode === undefined ? {} : { mode }) })
const resource = (of: string): DownwardAPIVolumeFile => ({ path: of, resourceFieldRef: { containerName: CONTAINER, resource: of } })

const NAMES: [string, Kind, DownwardAPIVolumeFile, number | undefined, string][] = [
  ['[sig-storage] Downward API volume should provide podname only [NodeConformance]', 'Downward API volume', podname(), undefined, '-rw-r--r--'],
  ['[sig-storage] Downward API volume should set DefaultMode on files [LinuxOnly] [NodeConformance]', 'Downward API volume', podname(), 0o400, '-r--------'],
  ['[sig-storage] Downward API volume should set mode on item file [LinuxOnly] [NodeConformance]', 'Downward API volume', podname(0o400), undefined, '-r--------'],
  ['[sig-storage] Projected downwardAPI should provide podname only [NodeConformance]', 'Projected downwardAPI', podname(), undefined, '-rw-r--r--'],
  ['[sig-storage] Projected downwardAPI should set DefaultMode on files [LinuxOnly] [NodeConformance]', 'Projected downwardAPI', podname(), 0o400, '-r--------'],
  ['[sig-storage] Projected downwardAPI should set mode on item file [LinuxOnly] [NodeConformance]', 'Projected downwardAPI', podname(0o400), undefined, '-r--------'],
]

for (const [name, kind, item, defaultMode, mode] of NAMES) {
  conformance(name, async (f) => {
    const pod = podOf(f.unique('downwardapi-volume'), { volumes: [volumeOf(kind, [item], defaultMode)], containers: [{ name: CONTAINER, ...sh(told('/etc/podinfo/podname')), ...MOUNT }] })
    expect(await outputOf(f, pod)).toBe(`content of /etc/podinfo/podname: ${pod.metadata.name}\nmode of /etc/podinfo/podname: ${mode}\n`)
  })
}

const AMOUNTS: [string, Kind, string, RegExp, boolean][] = [
  ["[sig-storage] Downward API volume should provide container's cpu limit [NodeConformance]", 'Downward API volume', 'limits.cpu', /^2$/, true],
  ["[sig-storage] Downward API volume should provide container's memory limit [NodeConformance]", 'Downward API volume', 'limits.memory', /^67108864$/, true],
  ["[sig-storage] Downward API volume should provide container's cpu request [NodeConformance]", 'Downward API volume', 'requests.cpu', /^1$/, true],
  ["[sig-storage] Downward API volume should provide container's memory request [NodeConformance]", 'Downward API volume', 'requests.memory', /^33554432$/, true],
  ['[sig-storage] Downward API volume should provide node allocatable (cpu) as default cpu limit if the limit is not set [NodeConformance]', 'Downward API volume', 'limits.cpu', /^[1-9]\d*$/, false],
  ['[sig-storage] Downward API volume should provide node allocatable (memory) as default memory limit if the limit is not set [NodeConformance]', 'Downward API volume', 'limits.memory', /^[1-9]\d*$/, false],
  ["[sig-storage] Projected downwardAPI should provide container's cpu limit [NodeConformance]", 'Projected downwardAPI', 'limits.cpu', /^2$/, true],
  ["[sig-storage] Projected downwardAPI should provide container's memory limit [NodeConformance]", 'Projected downwardAPI', 'limits.memory', /^67108864$/, true],
  ["[sig-storage] Projected downwardAPI should provide container's cpu request [NodeConformance]", 'Projected downwardAPI', 'requests.cpu', /^1$/, true],
  ["[sig-storage] Projected downwardAPI should provide container's memory request [NodeConformance]", 'Projected downwardAPI', 'requests.memory', /^33554432$/, true],
  ['[sig-storage] Projected downwardAPI should provide node allocatable (cpu) as default cpu limit if the limit is not set [NodeConformance]', 'Projected downwardAPI', 'limits.cpu', /^[1-9]\d*$/, false],
  ['[sig-storage] Projected downwardAPI should provide node allocatable (memory) as default memory limit if the limit is not set [NodeConformance]', 'Projected downwardAPI', 'limits.memory', /^[1-9]\d*$/, false],
]

for (const [name, kind, of, wanted, limited] of AMOUNTS) {
  conformance(name, async (f) => {
    const pod = podOf(f.unique('downwardapi-volume'), { volumes: [volumeOf(kind, [resource(of)])], containers: [{ name: CONTAINER, ...sh(`cat /etc/podinfo/${of}`), ...MOUNT, ...(limited ? RESOURCES : {}) }] })
    expect(await outputOf(f, pod)).toMatch(wanted)
  })
}

const UPDATES: [string, Kind, 'labels' | 'annotations', Record<string, string>, Record<string, string>, string, string][] = [
  ['[sig-storage] Downward API volume should update labels on modification [NodeConformance]', 'Downward API volume', 'labels', { key1: 'value1', key2: 'value2' }, { key3: 'value3' }, 'key1="value1"\nkey2="value2"\n', 'key2="value2"\nkey3="value3"\n'],
  ['[sig-storage] Downward API volume should update annotations on modification [NodeConformance]', 'Downward API volume', 'annotations', { builder: 'bar' }, { builder: 'foo' }, 'builder="bar"\n', 'builder="foo"\n'],
  ['[sig-storage] Projected downwardAPI should update labels on modification [NodeConformance]', 'Projected downwardAPI', 'labels', { key1: 'value1', key2: 'value2' }, { key3: 'value3' }, 'key1="value1"\nkey2="value2"\n', 'key2="value2"\nkey3="value3"\n'],
  ['[sig-storage] Projected downwardAPI should update annotations on modification [NodeConformance]', 'Projected downwardAPI', 'annotations', { builder: 'bar' }, { builder: 'foo' }, 'builder="bar"\n', 'builder="foo"\n'],
]

for (const [name, kind, field, before, change, first, then] of UPDATES) {
  conformance(name, async (f) => {
    const pod = podOf(f.unique(`${field}update`), {
      [field]: before, volumes: [volumeOf(kind, [{ path: field, fieldRef: { fieldPath: `metadata.${field}` } }])],
      containers: [{ name: CONTAINER, ...sh(`trap 'exit 0' TERM; while :; do echo "content of file: $(cat /etc/podinfo/${field})"; sleep 1; done`), ...MOUNT }],
    })
    await runningPod(f, pod)
    await logHolds(f, pod.metadata.name, CONTAINER, first)
    const path = f.core('pods', pod.metadata.name)
    const now = await f.client.get<Pod>(path)
    await f.client.replace(path, { ...now, metadata: { ...now.metadata, [field]: { ...now.metadata[field], ...change } } })
    await logHolds(f, pod.metadata.name, CONTAINER, then)
  })
}
