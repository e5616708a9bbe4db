import { posix } from 'node:path'
import type { VolumeMount } from '../../../common/compose/forms/volumes.ts'
import type { Mount } from '../../docker/specs.ts'
import type { ServiceContext } from './context.ts'
import { NO_STACK } from '../names.ts'
import { defined, realName, stackLabels } from './context.ts'

const OPTIONS = { bind: 'bind', npipe: 'bind', volume: 'volume', tmpfs: 'tmpfs' } as const

/** What is mounted into a service's containers, in the file's order. */
export function mountsOf(volumes: readonly VolumeMount[], at: ServiceContext): Mount[] {
  const targets = volumes.map(({ target }) => target ?? '')
  return volumes.map((volume, i) => {
    if (volume.target === undefined || volume.target === '') at.refuse(['volumes', i], 'This needs a target: where in the container is it?')
    else if (targets.indexOf(volume.target) < i) at.refuse(['volumes', i], `${at.name} has two volumes at ${volume.target}: leave one out.`)
    return mountOf(volume, i, at)
  })
}

function mountOf(volume: VolumeMount, i: number, at: ServiceContext): Mount {
  const type = volume.type === '' ? 'volume' : volume.type
  const own = OPTIONS[type as keyof typeof OPTIONS]
  if (own === undefined) at.refuse(['volumes', i, 'type'], `A stack's volumes are of the type volume, bind, tmpfs or npipe, not "${type}".`)
  for (const key of ['bind', 'volume', 'tmpfs'] as const) {
    if (key !== own && volume[key] !== undefined) at.refuse(['volumes', i, key], `A volume of the type ${type} cannot have options for ${key}: leave them out.`)
  }
  const mount = defined<Mount>({ Type: type, Source: volume.source, Target: volume.target ?? '', ReadOnly: volume.read_only, Consistency: volume.consistency })
  switch (type) {
    case 'volume':
      for (const key of (volume.source ?? '') === '' ? Object.keys(volume.volume ?? {}) : []) {
        if (key !== 'labels') at.findings.ignore(['services', at.name, 'volumes', i, 'volume', key], `services.${at.name}.volumes[${String(i)}].volume.${key} has no effect: the volume has no name.`)
      }
      return { ...mount, ...namedVolume(volume, at) }
    case 'tmpfs':
      if ((volume.source ?? '') !== '') at.refuse(['volumes', i, 'source'], 'A tmpfs has no source: it is memory.')
      return volume.tmpfs === undefined ? mount : { ...mount, TmpfsOptions: defined({ SizeBytes: volume.tmpfs.size, Mode: volume.tmpfs.mode }) }
    default:
      if ((volume.source ?? '') === '') at.refuse(['volumes', i], `A volume of the type ${type} needs a source: what of the node is mounted?`)
      return defined<Mount>({
        ...mount, Source: type === 'bind' ? hostPath(volume.source ?? '', i, at) : volume.source,
        BindOptions: volume.bind?.propagation === undefined ? undefined : { Propagation: volume.bind.propagation },
      })
  }
}

/** The node makes the volume from this when it does not have it yet; without a name, a new one for each container. */
function namedVolume({ source, volume }: VolumeMount, at: ServiceContext): Partial<Mount> {
  if (source === undefined || source === '') return {}
  const known = at.model.volumes?.[source] ?? {}
  const options = defined({ NoCopy: volume?.nocopy, Subpath: volume?.subpath })
  const Source = realName(at.stack, source, known)
  if (known.external === true) return { Source, VolumeOptions: options }
  const driver = (known.driver ?? '') !== '' || known.driver_opts !== undefined ? defined({ Name: known.driver, Options: known.driver_opts }) : undefined
  const labels = stackLabels(at.stack, known.labels)
  const whole = defined({ ...options, Labels: Object.keys(labels).length === 0 ? undefined : labels, DriverConfig: driver })
  return { Source, ...(at.stack === NO_STACK && Object.keys(whole).length === 0 ? {} : { VolumeOptions: whole }) }
}

/** A full path: every node looks for it on its own disk. */
function hostPath(source: string, i: number, at: ServiceContext): string {
  const path = source.startsWith('~') && at.home !== undefined ? `${at.home}${source.slice(1)}` : source
  if (posix.isAbsolute(path) || /^[a-zA-Z]:[\\/]/.test(path) || path.startsWith('\\\\') || source === '') return path
  if (at.folder !== undefined && !path.startsWith('~')) return posix.join(at.folder, path)
  at.refuse(['volumes', i], `"${source}" is no full path, and each node would look for it on its own disk: write the path from / on, and see to it that the nodes have it.`)
  return path
}
