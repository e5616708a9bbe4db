import { createHash } from 'node:crypto'
import type { DownwardAPIVolumeFile, KeyToPath, Pod, ServiceAccountTokenProjection, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { VOLUMES_DIR } from '../sandbox-image/sandbox-image.ts'
import type { TarEntry } from '../tarball.ts'
import { fieldValue, resourceValue } from './downward.ts'
import { wantedBy } from './pod-tokens.ts'
import type { WantedToken } from './pod-tokens.ts'
import { fsUserOf } from './security.ts'
import { configMapData, MissingSourceError, secretData } from './sources.ts'
import type { PodPlace, Sources } from './sources.ts'

/** The content of a file volume: path inside the volume to bytes, mode and (default root) owner. */
export type VolumeFiles = Map<string, { content: Uint8Array; mode: number; uid?: number }>

const DEFAULT_MODE = 0o644
const TOKEN_MODE = 0o600

/** The files of a configMap, secret, projected or downwardAPI volume, with the tokens that `tokenOf` has. Throws MissingSourceError. Pure. */
export function filesOf(pod: Frozen<Pod>, volume: Volume, place: PodPlace, sources: Sources, tokenOf: (wanted: WantedToken) => Uint8Array): VolumeFiles {
  const { configMap, secret, downwardAPI, projected } = volume
  const files: VolumeFiles = new Map()
  if (configMap !== undefined) fromConfigMap(configMap, configMap.defaultMode)
  if (secret !== undefined) fromSecret({ ...secret, name: secret.secretName ?? '' }, secret.defaultMode)
  if (downwardAPI !== undefined) fromPod(downwardAPI.items ?? [], downwardAPI.defaultMode)
  for (const source of projected?.sources ?? []) {
    if (source.configMap !== undefined) fromConfigMap(source.configMap, projected?.defaultMode)
    if (source.secret !== undefined) fromSecret(source.secret, projected?.defaultMode)
    if (source.downwardAPI !== undefined) fromPod(source.downwardAPI.items ?? [], projected?.defaultMode)
    if (source.serviceAccountToken !== undefined) addToken(source.serviceAccountToken, projected?.defaultMode)
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
  /** For the pod's one user or its group alone, where it has such. */
  function addToken(source: ServiceAccountTokenProjection, mode = DEFAULT_MODE): void {
    const uid = fsUserOf(pod)
    const own = uid !== undefined || pod.spec.securityContext?.fsGroup !== undefined
    files.set(source.path, { content: tokenOf(wantedBy(source)), mode: own ? TOKEN_MODE : mode, ...(uid === undefined ? {} : { uid }) })
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
  for (const [path, { content, mode, uid = 0 }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${String(mode)}\0${uid === 0 ? '' : `${String(uid)}\0`}${String(content.length)}\0`).update(content)
  }
  return `..${hash.digest('hex').slice(0, 16)}`
}

/**
 * The version of a volume with tokens. A token is no part of the hash; when it is to be replaced is told by the name, so that an engine that finds the
 * volume knows without reading it. `renewAt`: milliseconds since the epoch.
 */
export function withRenewal(version: string, renewAt: number): string {
  return `${version}.${Math.floor(renewAt / 1000).toString(36)}`
}

/** When a volume whose files are at `standing` is to be written again although only its tokens get old: Infinity for one without; undefined where `standing` is not `version`. */
export function renewalOfVersion(standing: string, version: string): number | undefined {
  if (standing === version) return Infinity
  return standing.startsWith(`${version}.`) ? Number.parseInt(standing.slice(version.length + 1), 36) * 1000 : undefined
}

/**
 * Archive entries that put a version of a volume's files under the sandbox's volume directory. `link` is the name of the link to it:
 * `..data` for a new volume, another name when a rename follows. Pure.
 */
export function fileEntries(volume: string, version: string, files: VolumeFiles, link: string, gid: number | undefined): TarEntry[] {
  const root = `${VOLUMES_DIR.slice(1)}/${volume}`
  const owner = gid === undefined ? {} : { gid }
  const folderMode = gid === undefined ? 0o755 : 0o2755
  const directories = new Set<string>()
  for (const path of files.keys()) {
    const parts = path.split('/')
    for (let n = 1; n < parts.length; n++) directories.add(parts.slice(0, n).join('/'))
  }
  const names = new Set([...files.keys()].map((path) => path.split('/')[0] ?? path))
  return [
    { path: `${root}/${version}`, mode: folderMode, directory: true, ...owner },
    ...[...directories].sort().map((d): TarEntry => ({ path: `${root}/${version}/${d}`, mode: folderMode, directory: true, ...owner })),
    // Group-readable where the pod has a group for files, as upstream does.
    ...[...files].map(([path, { content, mode, uid }]): TarEntry => ({ path: `${root}/${version}/${path}`, mode: gid === undefined ? mode : mode | 0o440, content, ...owner, ...(uid === undefined ? {} : { uid }) })),
    { path: `${root}/${link}`, mode: 0o777, link: version },
    ...[...names].map((name): TarEntry => ({ path: `${root}/${name}`, mode: 0o777, link: `..data/${name}` })),
  ]
}

/** The root of a volume: open to all (or to the pod's group), as upstream makes an emptyDir. */
export function rootEntry(volume: string, gid: number | undefined): TarEntry {
  return { path: `${VOLUMES_DIR.slice(1)}/${volume}`, mode: gid === undefined ? 0o777 : 0o2777, directory: true, ...(gid === undefined ? {} : { gid }) }
}
