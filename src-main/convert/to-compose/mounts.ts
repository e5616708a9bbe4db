import type { FileMount } from '../../common/compose/forms/files.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { VolumeMount as ComposeMount } from '../../common/compose/forms/volumes.ts'
import type { Container, KeyToPath, PodSpec, Volume, VolumeMount } from '../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../common/kube/quantity.ts'
import { SECRETS_FOLDER } from '../conventions.ts'
import type { Note } from '../report.ts'
import { notSame } from '../report.ts'
import { defined } from '../to-kubernetes/context.ts'
import type { Making } from './context.ts'
import { fileName } from './contents.ts'

const PROPAGATION: Record<string, string> = { HostToContainer: 'rslave', Bidirectional: 'rshared', None: 'rprivate' }

/** What a container mounts. `pod`: for notes about its volumes; `templates`: the names of a StatefulSet's claims. */
export function mountsOf(container: Container, spec: PodSpec, note: Note, pod: Note, templates: ReadonlySet<string>, making: Making): Service {
  const found = { volumes: [] as ComposeMount[], tmpfs: [] as string[], secrets: [] as FileMount[], configs: [] as FileMount[], shm: undefined as number | undefined }
  container.volumeMounts?.forEach((mount, i) => {
    const own = note.in('volumeMounts', i)
    for (const key of ['mountPath', 'readOnly', 'subPath']) own.same(key)
    const index = (spec.volumes ?? []).findIndex(({ name }) => name === mount.name)
    const volume = spec.volumes?.[index]
    if (volume === undefined && templates.has(mount.name)) {
      own.same('name')
      making.model.volumes[mount.name] ??= {}
      found.volumes.push(named(mount, mount.name))
    } else if (volume === undefined) lostMount(own, `The pod has no volume "${mount.name}".`)
    else one(mount, volume, own, pod.in('volumes', index), found, making)
  })
  return defined<Service>({ volumes: found.volumes, tmpfs: found.tmpfs, secrets: found.secrets, configs: found.configs, shm_size: found.shm })
}

interface Found {
  volumes: ComposeMount[]
  tmpfs: string[]
  secrets: FileMount[]
  configs: FileMount[]
  shm: number | undefined
}

function one(mount: VolumeMount, volume: Volume, own: Note, of: Note, found: Found, making: Making): void {
  for (const note of [of, own]) note.changed('name', 'What is mounted says it itself: Compose needs no name for it.')
  const { persistentVolumeClaim: claim, hostPath, emptyDir, configMap, secret } = volume
  if (claim !== undefined) {
    of.same('persistentVolumeClaim', 'claimName')
    const source = outside(making.model.volumes, making.objects.claims.has(claim.claimName), mount.name, claim.claimName)
    making.claimed.push({ claim: claim.claimName, note: of })
    if (!making.objects.claims.has(claim.claimName)) of.changed(['persistentVolumeClaim', 'claimName'], 'A volume of that name must be there: its claim is not among the objects.')
    if (claim.readOnly !== undefined) of.changed(['persistentVolumeClaim', 'readOnly'], 'Said by the mount.')
    found.volumes.push(named(claim.readOnly === true ? { ...mount, readOnly: true } : mount, source))
  } else if (hostPath !== undefined) {
    of.same('hostPath', 'path')
    const create = hostPath.type === 'DirectoryOrCreate' ? true : hostPath.type === 'Directory' ? false : undefined
    if (create !== undefined) of.changed(['hostPath', 'type'], 'bind.create_host_path: Swarm never makes the folder.')
    const propagation = PROPAGATION[mount.mountPropagation ?? '']
    own.same('mountPropagation')
    const bind = defined({ propagation, create_host_path: create })
    if (mount.subPath !== undefined) [own.in('subPath'), of.in('hostPath', 'path')].forEach((note) => note.changed([], 'The two are one path.'))
    found.volumes.push(defined<ComposeMount>({ type: 'bind', source: mount.subPath === undefined ? hostPath.path : `${hostPath.path}/${mount.subPath}`, target: mount.mountPath, read_only: mount.readOnly, bind: Object.keys(bind).length === 0 ? undefined : bind }))
  } else if (emptyDir !== undefined) {
    const size = emptyDir.sizeLimit === undefined ? undefined : parseQuantity(emptyDir.sizeLimit)
    of.same('emptyDir')
    if (mount.subPath !== undefined) own.lost('subPath', 'The whole of it is mounted.')
    if (emptyDir.medium !== 'Memory') {
      if (emptyDir.sizeLimit !== undefined) of.lost(['emptyDir', 'sizeLimit'], 'A Docker volume has no size.')
      found.volumes.push(defined<ComposeMount>({ type: 'volume', target: mount.mountPath, read_only: mount.readOnly }))
    } else if (mount.mountPath === '/dev/shm' && size !== undefined) found.shm = size
    else if (/^tmpfs-\d+$/.test(mount.name) && size === undefined) found.tmpfs.push(mount.mountPath)
    else found.volumes.push(defined<ComposeMount>({ type: 'tmpfs', target: mount.mountPath, read_only: mount.readOnly, tmpfs: size === undefined ? undefined : { size } }))
  } else if (secret !== undefined) {
    found.secrets.push(...files('secrets', secret.secretName ?? '', secret.items, secret.defaultMode, mount, own, of.in('secret'), making))
  } else if (configMap !== undefined) {
    found.configs.push(...files('configs', configMap.name ?? '', configMap.items, configMap.defaultMode, mount, own, of.in('configMap'), making))
  } else {
    of.lost([], NO_SUCH)
    lostMount(own, NO_SUCH)
  }
}

const NO_SUCH = 'Docker has no such volume: put the files into a config, a secret or the image.'

function lostMount(own: Note, why: string): void {
  for (const key of ['name', 'mountPath', 'readOnly', 'subPath', 'mountPropagation']) own.lost(key, why)
}

function named(mount: VolumeMount, source: string): ComposeMount {
  return defined<ComposeMount>({ type: 'volume', source, target: mount.mountPath, read_only: mount.readOnly, volume: mount.subPath === undefined ? undefined : { subpath: mount.subPath } })
}

/** The name under which the file knows a thing: its object's, or, of one that must be there already, the short one with the object's name beside it. */
function outside(all: Record<string, { external?: boolean; name?: string }>, isKnown: boolean, short: string, object: string, known = object): string {
  if (isKnown) {
    all[known] ??= {}
    return known
  }
  const external = { external: true, ...(short === object ? {} : { name: object }) }
  const name = all[short] === undefined || JSON.stringify(all[short]) === JSON.stringify(external) ? short : known
  all[name] ??= name === object ? { external: true } : external
  return name
}

/** Each key of a ConfigMap or Secret is a file, and so a config or secret of its own. */
function files(kind: 'configs' | 'secrets', name: string, items: KeyToPath[] | undefined, defaultMode: number | undefined, mount: VolumeMount, own: Note, at: Note, making: Making): FileMount[] {
  const known = kind === 'configs' ? making.objects.configs.get(name)?.object.data : { ...making.objects.secrets.get(name)?.object.data, ...making.objects.secrets.get(name)?.object.stringData }
  const all = items ?? Object.keys(known ?? {}).map((key): KeyToPath => ({ key, path: key }))
  const isWhole = mount.subPath === undefined || all.some(({ key }) => known !== undefined && fileName(name, key) !== key) || all.length !== 1
  const isOurs = !isWhole && mount.subPath === 'file'
  const of = isOurs ? at : notSame(at, 'Each file is mounted by itself.')
  if (!isOurs) for (const key of ['subPath', 'readOnly']) own.changed(key, 'Each file is mounted by itself, for reading.')
  if (all.length === 0) return lostMount(own, `Which files it has is not known: give the ${kind === 'configs' ? 'ConfigMap' : 'Secret'} "${name}" too, or name its items.`), []
  for (const key of ['items', kind === 'secrets' ? 'secretName' : 'name']) of.same(key)
  const wanted = mount.subPath === undefined ? all : all.filter(({ path }) => path === mount.subPath)
  if (mount.subPath === undefined) own.changed('mountPath', 'Each file is mounted by itself.')
  if (defaultMode !== undefined) of.changed('defaultMode', 'Each file has it.')
  return wanted.map(({ key, path, mode }): FileMount => {
    const source = outside(making.model[kind], known !== undefined && key in known, key, name, fileName(name, key))
    const target = mount.subPath === undefined ? `${mount.mountPath.replace(/\/$/, '')}/${path}` : mount.mountPath
    const isDefault = target === (kind === 'secrets' ? `${SECRETS_FOLDER}/${source}` : `/${source}`)
    return defined<FileMount>({ source, target: isDefault ? undefined : target, mode: mode ?? defaultMode })
  })
}
