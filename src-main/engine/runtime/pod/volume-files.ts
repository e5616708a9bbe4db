import { createHash } from 'node:crypto'
import type { DownwardAPIVolumeFile, KeyToPath, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import type { TarEntry } from '../tarball.ts'
import { fieldValue, resourceValue } from './downward.ts'
import { configMapData, MissingSourceError, secretData } from './sources.ts'
import type { PodPlace, Sources } from './sources.ts'

/** The content of a file volume: path inside the volume to bytes and mode. */
export type VolumeFiles = Map<string, { content: Uint8Array; mode: number }>

const DEFAULT_MODE = 0o644

/** The files of a configMap, secret, projected or downwardAPI volume. Throws MissingSourceError. Pure. */
export function filesOf(pod: Frozen<Pod>, volume: Volume, place: PodPlace, sources: Sources): VolumeFiles {
  const { configMap, secret, downwardAPI, projected } = volume
  const files: VolumeFiles = new Map()
  if (configMap !== undefined) fromConfigMap(configMap, configMap.defaultMode)
  if (secret !== undefined) fromSecret({ ...secret, name: secret.secretName ?? '' }, secret.defaultMode)
  if (downwardAPI !== undefined) fromPod(downwardAPI.items ?? [], downwardAPI.defaultMode)
  for (const source of projected?.sources ?? []) {
    if (source.configMap !== undefined) fromConfigMap(source.configMap, projected?.defaultMode)
    if (source.secret !== undefined) fromSecret(source.secret, projected?.defaultMode)
    if (source.downwardAPI !== undefined) fromPod(source.downwardAPI.items ?? [], projected?.defaultMode)
  }
  return files

  function fromConfigMap(ref: FileSource, mode: number | undefined): void {
    const map = sources.configMap(pod.metadata.namespace ?? '', ref.name ?? '')
    add(`configmap "${ref.name ?? ''}"`, map === undefined ? undefined : configMapData(map), ref, mode)
  }
  function fromSecret(ref: FileSource, mode: number | undefined): void {
    const found = sources.secret(pod.metadata.namespace ?? '', ref.name ?? '')
    add(`secret "${ref.name ?? ''}"`, found === undefined ? undefined : secretData(found), ref, mode)
  }
  function add(what: string, values: Map<string, Uint8Array> | undefined, { items, optional }: FileSource, mode = DEFAULT_MODE): void {
    if (values === undefined) {
      if (optional === true) return
      throw new MissingSourceError(`${what} not found`)
    }
    const wanted: KeyToPath[] = items ?? [...values.keys()].map((key) => ({ key, path: key }))
    for (const item of wanted) {
      const content = values.get(item.key)
      if (content !== undefined) files.set(item.path, { content, mode: item.mode ?? mode })
      else if (optional !== true) throw new MissingSourceError(`couldn't find key "${item.key}" in ${what}`)
    }
  }
  function fromPod(items: readonly DownwardAPIVolumeFile[], mode = DEFAULT_MODE): void {
    const first = pod.spec.containers[0]
    for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
      const text = fieldRef !== undefined ? fieldValue(pod, place, fieldRef)
        : resourceFieldRef !== undefined && first !== undefined ? resourceValue(pod, place, first, resourceFieldRef) : ''
      files.set(path, { content: Buffer.from(text), mode: own ?? mode })
    }
  }
}

interface FileSource { name?: string; items?: KeyToPath[]; optional?: boolean }

/**
 * The directory that holds one version of the files, named by their content: `..` and a hash. `..data` links to the current version
 * and each top-level name links into `..data`, so that renaming one link changes all files at once.
 */
export function versionOf(files: VolumeFiles): string {
  const hash = createHash('sha256')
  for (const [path, { content, mode }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${String(mode)}\0${String(content.length)}\0`).update(content)
  }
  return `..${hash.digest('hex').slice(0, 16)}`
}

/**
 * Archive entries that put one version of a volume's files under the sandbox's volume directory. `link` is the name of the link to it:
 * `..data` for a new volume, another name when a rename follows. Pure.
 */
export function fileEntries(volume: string, files: VolumeFiles, link: string, gid: number | undefined): TarEntry[] {
  const root = `${VOLUMES_DIR.slice(1)}/${volume}`
  const version = versionOf(files)
  const owner = gid === undefined ? {} : { gid }
  const directories = new Set<string>()
  for (const path of files.keys()) {
    const parts = path.split('/')
    for (let n = 1; n < parts.length; n++) directories.add(parts.slice(0, n).join('/'))
  }
  const names = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  return [
    { path: `${root}/${version}`, mode: 0o755, directory: true, ...owner },
    ...[...directories].sort().map((d): TarEntry => ({ path: `${root}/${version}/${d}`, mode: 0o755, directory: true, ...owner })),
    // Group-readable where the pod has a group for files, as upstream does.
    ...[...files].map(([path, { content, mode }]): TarEntry => ({ path: `${root}/${version}/${path}`, mode: gid === undefined ? mode : mode | 0o440, content, ...owner })),
    { path: `${root}/${link}`, mode: 0o777, link: version },
    ...[...names].map((name): TarEntry => ({ path: `${root}/${name}`, mode: 0o777, link: `..data/${name}` })),
  ]
}

/** The root of a volume: open to all (or to the pod's group), as upstream makes an emptyDir. */
export function rootEntry(volume: string, gid: number | undefined): TarEntry {
  return { path: `${VOLUMES_DIR.slice(1)}/${volume}`, mode: gid === undefined ? 0o777 : 0o2777, directory: true, ...(gid === undefined ? {} : { gid }) }
}
