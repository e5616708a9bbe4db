import type { Config, FileMount } from '../../../common/compose/forms/files.ts'
import type { Volume } from '../../../common/compose/forms/networks.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import type { VolumeMount } from '../../../common/compose/forms/volumes.ts'
import { defined } from '../convert/context.ts'
import { NO_STACK, StackLabel, unscoped } from '../names.ts'
import type { ConfigReference, Mount, SecretReference, ContainerServiceSpec } from '../../docker/specs.ts'
import type { FileParts } from './context.ts'
import { nameBeside, positive, some, without } from './context.ts'

/** The keys of a service that tell what is mounted into its containers. */
export function mountKeys({ TaskTemplate: { ContainerSpec: container } }: ContainerServiceSpec, parts: FileParts, ofStack: (kind: 'secrets' | 'configs', name: string) => Config): Service {
  const secret = ({ SecretName, File }: SecretReference): FileMount => fileMount(parts.keyOf('secrets', SecretName, () => ofStack('secrets', SecretName)), File)
  const configKey = ({ ConfigName }: ConfigReference): string => parts.keyOf('configs', ConfigName, () => ofStack('configs', ConfigName))
  const files = (container.Configs ?? []).filter(({ File }) => File !== undefined && File !== null)
  const credentials = container.Privileges?.CredentialSpec ?? undefined
  return defined<Service>({
    volumes: some(container.Mounts?.map((mount) => volumeMount(mount, parts))),
    secrets: some(container.Secrets?.map(secret)),
    configs: some(files.map((config) => fileMount(configKey(config), config.File))),
    credential_spec: credentials === undefined ? undefined : some(defined({
      config: (credentials.Config ?? '') === '' ? undefined : configKey({ ConfigName: credentials.Config ?? '' }),
      file: credentials.File === '' ? undefined : credentials.File, registry: credentials.Registry === '' ? undefined : credentials.Registry,
    })),
  })
}

function fileMount(source: string, file: SecretReference['File'] | undefined): FileMount {
  if (file === undefined) return { source }
  return defined<FileMount>({ source, target: file.Name === source ? undefined : file.Name, uid: file.UID === '0' ? undefined : file.UID, gid: file.GID === '0' ? undefined : file.GID, mode: file.Mode === 0o444 ? undefined : file.Mode })
}

function volumeMount(mount: Mount, parts: FileParts): VolumeMount {
  const base = defined<VolumeMount>({ type: mount.Type, source: some(mount.Source === undefined ? undefined : [mount.Source])?.[0], target: mount.Target, read_only: mount.ReadOnly === true ? true : undefined })
  if (base.source === '') delete base.source
  switch (mount.Type) {
    case 'tmpfs': return defined({ ...base, tmpfs: mount.TmpfsOptions === undefined ? undefined : some(defined({ size: positive(mount.TmpfsOptions.SizeBytes), mode: positive(mount.TmpfsOptions.Mode) })) })
    case 'volume': {
      const options = some(defined({ nocopy: mount.VolumeOptions?.NoCopy === true ? true : undefined, subpath: mount.VolumeOptions?.Subpath === '' ? undefined : mount.VolumeOptions?.Subpath }))
      if (base.source === undefined) return base
      return defined({ ...base, source: parts.keyOf('volumes', base.source, () => volumeOf(mount, parts)), volume: options })
    }
    default: return defined({ ...base, bind: (mount.BindOptions?.Propagation ?? '') === '' ? undefined : { propagation: mount.BindOptions?.Propagation } })
  }
}

/** A volume with the stack's label is the stack's own; the others are somebody else's. */
function volumeOf({ Source = '', VolumeOptions }: Mount, { stack }: FileParts): Volume {
  if ((VolumeOptions?.Labels?.[StackLabel.namespace] ?? NO_STACK) !== stack) return { external: true, name: Source }
  const driver = VolumeOptions?.DriverConfig
  return defined<Volume>({
    ...nameBeside(stack, unscoped(stack, Source) ?? Source, Source), driver: driver?.Name === '' ? undefined : driver?.Name, driver_opts: some(driver?.Options),
    labels: without(VolumeOptions?.Labels, StackLabel.namespace),
  })
}
