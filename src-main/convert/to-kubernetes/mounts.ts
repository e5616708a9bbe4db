import type { VolumeMount as ComposeMount } from '../../common/compose/forms/volumes.ts'
import type { FileMount } from '../../common/compose/forms/files.ts'
import { parseBytes } from '../../common/compose/units.ts'
import type { Volume, VolumeMount } from '../../common/kube/generated/core-v1.ts'
import { formatBytes } from '../../common/kube/quantity.ts'
import { SECRETS_FOLDER } from '../conventions.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'
import { kubeName } from './names.ts'

/** A volume of the pod and its place in the container; a volume that each replica has of its own comes from the StatefulSet. */
interface Mounted {
  volume?: Volume
  mount: VolumeMount
}

/** All that is mounted: volumes, memory, secrets, configs. */
export function mountsOf(context: ServiceContext): { volumes: Volume[]; volumeMounts: VolumeMount[] } {
  const { service, note } = context
  const all = [
    ...(service.volumes ?? []).flatMap((mount, i) => mounted(mount, i, context)),
    ...(service.tmpfs ?? []).map((spec, i) => memory(spec, i, note)),
    ...(service.shm_size === undefined ? [] : [(note.same('shm_size'), inMemory('shm', '/dev/shm', service.shm_size))]),
    ...(service.secrets ?? []).flatMap((file, i) => fileOf('secrets', file, i, context)),
    ...(service.configs ?? []).flatMap((file, i) => fileOf('configs', file, i, context)),
  ]
  const volumes = new Map(all.flatMap(({ volume }) => (volume === undefined ? [] : [[volume.name, volume] as const])))
  return { volumes: [...volumes.values()], volumeMounts: all.map(({ mount }) => mount) }
}

function mounted(mount: ComposeMount, i: number, context: ServiceContext): Mounted[] {
  const note = context.note.in('volumes', i)
  const { type, source, target } = mount
  const refuse = (message: string): Mounted[] => {
    for (const key of Object.keys(mount)) note.lost(key, message)
    return []
  }
  if (target === undefined || !target.startsWith('/')) return refuse('A mount needs a target: a full path in the container.')
  const base = defined({ mountPath: target, readOnly: mount.read_only, subPath: type === 'volume' && source !== undefined ? mount.volume?.subpath : undefined })
  const known = (): void => ['type', 'source', 'target', 'read_only'].forEach((key) => note.same(key))
  const common = (): void => {
    if (mount.volume?.subpath !== undefined && source !== undefined) note.same('volume', 'subpath')
    if (mount.volume?.nocopy === true) note.changed(['volume', 'nocopy'], 'Always so in Kubernetes: nothing of the image is copied into a volume.')
    if (mount.volume?.nocopy === false) note.lost(['volume', 'nocopy'], 'Kubernetes copies nothing of the image into a volume: copy it in an init container.')
  }
  switch (type) {
    case 'volume': {
      known()
      common()
      if (source === undefined) {
        note.changed('type', 'A volume without a name is an emptyDir: it lasts as long as its pod, and no longer.')
        return [{ volume: { name: `unnamed-${String(i)}`, emptyDir: {} }, mount: { name: `unnamed-${String(i)}`, ...base } }]
      }
      if (claimName(source, context) !== source && context.model.volumes?.[source]?.external !== true) note.changed('source', `The claim is called "${claimName(source, context)}".`)
      note.changed('type', 'A claim: unlike Docker, Kubernetes copies nothing of the image into an empty volume.')
      const claim = claimName(source, context)
      if (context.ownVolumes.has(source)) return [{ mount: { name: claim, ...base } }]
      const external = context.model.volumes?.[source]?.external === true
      return [{ volume: { name: claim, persistentVolumeClaim: { claimName: external ? kubeName(context.model.volumes?.[source]?.name ?? source) : claim } }, mount: { name: claim, ...base } }]
    }
    case 'bind': {
      if (source === undefined || !source.startsWith('/')) return refuse('A folder beside the file is not on the nodes: make files a config, data a volume, and code a part of the image.')
      known()
      note.changed('source', 'Still a folder of the node: it must be on every node where a pod may run, and its content does not follow. A volume or a config does.')
      const propagation = mount.bind?.propagation
      const mountPropagation = propagation === 'rslave' ? 'HostToContainer' : propagation === 'rshared' ? 'Bidirectional' : propagation === 'rprivate' ? 'None' : undefined
      if (mountPropagation !== undefined) note.same('bind', 'propagation')
      const create = mount.bind?.create_host_path
      if (create !== undefined) note.changed(['bind', 'create_host_path'], create ? 'hostPath.type: DirectoryOrCreate.' : 'hostPath.type: Directory: the pod waits, with a reason, until it is there.')
      const hostPath = defined({ path: source, type: create === undefined ? undefined : create ? 'DirectoryOrCreate' : 'Directory' })
      return [{ volume: { name: `host-${String(i)}`, hostPath }, mount: { name: `host-${String(i)}`, ...base, ...defined({ mountPropagation }) } }]
    }
    case 'tmpfs':
      if (source !== undefined) note.lost('source', 'Memory has no source.')
      for (const key of ['type', 'target', 'read_only']) note.same(key)
      if (mount.tmpfs?.size !== undefined && mount.tmpfs.size > 0) note.same('tmpfs', 'size')
      if (mount.tmpfs?.mode !== undefined) note.lost(['tmpfs', 'mode'], 'Such a folder is open to all (0777): change its mode at the start if that matters.')
      return [withReadOnly(inMemory(`memory-${String(i)}`, target, mount.tmpfs?.size), mount.read_only)]
    default:
      return refuse(`Mounts of type ${type} are Docker's own: use a volume, or put the files into the image.`)
  }
}

/** A volume's name in Kubernetes. */
function claimName(source: string, { names }: ServiceContext): string {
  return names.volumes.get(source) ?? kubeName(source)
}

function withReadOnly({ volume, mount }: Mounted, readOnly: boolean | undefined): Mounted {
  return { ...(volume === undefined ? {} : { volume }), mount: { ...mount, ...defined({ readOnly }) } }
}

function inMemory(name: string, path: string, size: number | undefined): Mounted {
  return { volume: { name, emptyDir: { medium: 'Memory', ...(size === undefined || size === 0 ? {} : { sizeLimit: formatBytes(size) }) } }, mount: { name, mountPath: path } }
}

function memory(spec: string, i: number, note: ServiceContext['note']): Mounted {
  const [path = '', options = ''] = spec.split(':')
  const size = /(?:^|,)size=([^,]+)/.exec(options)?.[1]
  if (options === '' && path.startsWith('/')) note.same('tmpfs', i)
  else note.changed(['tmpfs', i], 'Memory with the size that was asked for; its other options have no counterpart.')
  return inMemory(`tmpfs-${String(i)}`, path.startsWith('/') ? path : `/${path}`, size === undefined ? undefined : parseBytes(size))
}

/** A secret or config as one file. */
function fileOf(kind: 'secrets' | 'configs', file: FileMount, i: number, { note: all, names, model }: ServiceContext): Mounted[] {
  const note = all.in(kind, i)
  const { source } = file
  if (source === undefined) {
    note.lost([], 'It does not say which one.')
    for (const key of Object.keys(file)) note.lost(key, `It does not say which of the ${kind} it is.`)
    return []
  }
  for (const key of ['source', 'target', 'mode']) note.same(key)
  for (const key of ['uid', 'gid'] as const) if (file[key] !== undefined) note.lost(key, 'The file belongs to root: let the container\'s group read it by fsGroup, or open its mode.')
  const target = file.target ?? source
  const mountPath = target.startsWith('/') ? target : kind === 'secrets' ? `${SECRETS_FOLDER}/${target}` : `/${target}`
  if (file.target !== undefined && !file.target.startsWith('/')) note.changed('target', `Written out: ${mountPath}.`)
  const name = `${kind === 'secrets' ? 'secret' : 'config'}-${String(i)}`
  const object = model[kind]?.[source]?.external === true ? kubeName(model[kind]?.[source]?.name ?? source) : (names[kind].get(source) ?? kubeName(source))
  const item = { items: [defined({ key: source, path: 'file', mode: file.mode })] }
  return [{ volume: kind === 'secrets' ? { name, secret: { secretName: object, ...item } } : { name, configMap: { name: object, ...item } }, mount: { name, mountPath, subPath: 'file', readOnly: true } }]
}
