import type { FileMount } from '../../../common/compose/forms/files.ts'
import type { Service } from '../../../common/compose/forms/service.ts'
import type { ConfigReference, CredentialSpec, SecretReference } from '../../docker/specs.ts'
import type { ServiceContext } from './context.ts'
import { byText, realName } from './context.ts'

const READ_ONLY_FOR_ALL = 0o444

/** The secrets in a service's containers, sorted by name. */
export function secretReferences(mounts: readonly FileMount[] | undefined, at: ServiceContext): SecretReference[] | undefined {
  if (mounts === undefined) return undefined
  checkTargets('secret', mounts, at)
  return mounts.map((mount, i) => ({ SecretName: nameOf('secrets', mount, i, at), File: target(mount) })).sort((a, b) => byText(a.SecretName, b.SecretName))
}

/** The configs in a service's containers, and the one of its credentials, sorted by name. */
export function configReferences(service: Service, at: ServiceContext): ConfigReference[] | undefined {
  const mounts = service.configs ?? []
  checkTargets('config', mounts, at)
  const files: ConfigReference[] = mounts.map((mount, i) => ({ ConfigName: nameOf('configs', mount, i, at), File: target(mount) }))
  const credentials = service.credential_spec?.config
  const all = credentials === undefined ? files : [...files, { ConfigName: realName(at.stack, credentials, at.model.configs?.[credentials] ?? {}), Runtime: {} }]
  return all.length === 0 && service.configs === undefined ? undefined : all.sort((a, b) => byText(a.ConfigName, b.ConfigName))
}

/** A config is named as it is in Docker; its ID takes that place when the spec is sent. */
export function credentialSpec(spec: Service['credential_spec'], at: ServiceContext): CredentialSpec | undefined {
  const said = (['config', 'file', 'registry'] as const).filter((key) => (spec?.[key] ?? '') !== '')
  if (spec === undefined || said.length === 0) return undefined
  if (said.length > 1) at.refuse(['credential_spec'], `credential_spec can say only one of ${said.join(' and ')}.`)
  const { config, file, registry } = spec
  if (config !== undefined && config !== '') return { Config: realName(at.stack, config, at.model.configs?.[config] ?? {}) }
  return file !== undefined && file !== '' ? { File: file } : { Registry: registry ?? '' }
}

function nameOf(kind: 'secrets' | 'configs', { source = '' }: FileMount, i: number, at: ServiceContext): string {
  if (source === '') at.refuse([kind, i], `This needs a source: which of the ${kind} is meant?`)
  return realName(at.stack, source, at.model[kind]?.[source] ?? {})
}

function target({ source = '', target: name, uid, gid, mode }: FileMount): SecretReference['File'] {
  const or = (text: string | undefined, other: string): string => (text === undefined || text === '' ? other : text)
  return { Name: or(name, source), UID: or(uid, '0'), GID: or(gid, '0'), Mode: mode ?? READ_ONLY_FOR_ALL }
}

function checkTargets(kind: 'secret' | 'config', mounts: readonly FileMount[], at: ServiceContext): void {
  const names = mounts.map((mount) => target(mount).Name)
  names.forEach((name, i) => {
    if (names.indexOf(name) < i) at.refuse([`${kind}s`, i], `Two ${kind}s of ${at.name} would be the file ${name}: give one of them another target.`)
  })
}
