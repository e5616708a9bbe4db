import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { ConfigMap, PersistentVolumeClaim, Secret } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { isLabelValue, isQualifiedName } from '../conventions.ts'
import type { Note } from '../report.ts'
import type { Meta } from './context.ts'
import { kubeName } from './names.ts'

/** The size that a claim asks for: Compose has none to say. */
const SIZE = '1Gi'

/** A claim for a named volume. `everywhere`: whoever mounts it runs on every server. A disk of one server is enough for services that share it: they all run there. */
export function claimOf(name: string, model: ComposeModel, kube: string, meta: Meta, everywhere: boolean): Draft<PersistentVolumeClaim> {
  const labels = labelsOf(model.volumes?.[name]?.labels)
  const base = meta(kube)
  return {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ...base, labels: { ...labels, ...base.labels } },
    spec: { accessModes: [everywhere ? 'ReadWriteMany' : 'ReadWriteOnce'], resources: { requests: { storage: SIZE } } },
  }
}

/** What becomes of the file's volumes. */
export function volumeNotes(model: ComposeModel, note: Note, unused: ReadonlySet<string>): void {
  for (const [name, volume] of Object.entries(model.volumes ?? {})) {
    const own = note.in('volumes', name)
    const claim = `A claim of ${SIZE}: a Docker volume has no size. Ask for what the data needs before the first start.`
    if (unused.has(name)) own.lost([], 'No service uses it.')
    else if (Object.keys(volume).length === 0) own.changed([], claim)
    if (volume.external !== undefined) own.changed('external', volume.external ? 'A PersistentVolumeClaim of that name must be there.' : claim)
    if (volume.name !== undefined) (volume.external === true ? own.changed : own.lost)('name', volume.external === true ? 'The name of the claim.' : 'A claim\'s name is unique in its namespace only, so the short one is used. To take the data along, move the volume with the app.')
    if (volume.driver !== undefined) (volume.driver === 'local' ? own.changed : own.lost)('driver', volume.driver === 'local' ? claim : 'Drivers of Docker are storage classes here: choose one, and name it in storageClassName.')
    if (volume.driver_opts !== undefined) own.lost('driver_opts', 'Storage classes and PersistentVolumes say it here (for NFS: a PersistentVolume with nfs.server and nfs.path).')
    for (const [key, value] of Object.entries(volume.labels ?? {})) {
      if (volume.external === true || unused.has(name)) own.lost(['labels', key], 'Its claim is not made here.')
      else if (!isQualifiedName(key) || !isLabelValue(value)) own.lost(['labels', key], 'Kubernetes takes no such label: use letters, digits, dots and dashes.')
      else own.changed(['labels', key], 'A label of the claim.')
    }
    if (volume.labels !== undefined && Object.keys(volume.labels).length === 0) own.lost('labels', 'There are none.')
  }
}

/** What whoever shares a volume has to know. */
export function sharedNote(note: Note, name: string, everywhere: boolean): void {
  note.remark(['volumes', name], everywhere ? 'One volume for all servers (ReadWriteMany), which a server\'s own disk cannot be: name a class that can (NFS) in storageClassName, or mount a folder of each server (type: bind).'
    : 'Its services all run on the server where it is. For several servers give it a class whose volumes are ReadWriteMany (NFS).')
}

function labelsOf(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key, value]) => isQualifiedName(key) && isLabelValue(value)))
}

/** Texts of files that the Compose file names, by path, and values of variables. */
export interface Given {
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string | undefined>>
}

/** Secrets and configs with their content where it was given; else what to run to make them. */
export function contentObjects(model: ComposeModel, kind: 'secrets' | 'configs', names: ReadonlyMap<string, string>, given: Given, note: Note, meta: Meta): { objects: (Draft<Secret> | Draft<ConfigMap>)[]; todo: string[] } {
  const objects: (Draft<Secret> | Draft<ConfigMap>)[] = []
  const todo: string[] = []
  for (const [name, item] of Object.entries(model[kind] ?? {})) {
    const own = note.in(kind, name)
    const kube = item.external === true ? kubeName(item.name ?? name) : (names.get(name) ?? kubeName(name))
    const what = kind === 'secrets' ? 'Secret' : 'ConfigMap'
    const content = 'content' in item && typeof item.content === 'string' ? item.content : undefined
    const text = item.external === true ? undefined : (content ?? (item.file === undefined ? undefined : given.files?.[item.file]) ?? (item.environment === undefined ? undefined : given.variables?.[item.environment]))
    const kubectl = kind === 'secrets' ? 'secret generic' : 'configmap'
    if (item.external === true) todo.push(`${what} "${kube}" must be there already, with the key "${name}".`)
    else if (text === undefined) todo.push(`${what} "${kube}" has to be made first: kubectl create ${kubectl} ${kube} --from-file=${name}=${item.file ?? 'FILE'}`)
    if (item.external !== undefined) own.changed('external', item.external ? `The ${what} "${kube}" must be there, with the key "${name}".` : `Made as the ${what} "${kube}".`)
    const source = text === undefined ? `The ${what} "${kube}" has to be made first, from this file or value: the comment at the top says how.` : `Its content is in the ${what} "${kube}".`
    if (Object.keys(item).length === 0) own.changed([], source)
    for (const key of ['file', 'environment'] as const) if (item[key] !== undefined) own.changed(key, source)
    if (content !== undefined) {
      if (item.external === true) own.lost('content', 'It is external, so what is there counts.')
      else own.same('content')
    }
    if (item.name !== undefined) own.changed('name', item.external === true ? `The name of the ${what}.` : `The ${what} is called "${kube}": names are unique in a namespace only.`)
    for (const key of ['driver', 'driver_opts', 'template_driver'] as const) if (key in item) own.lost(key, key === 'template_driver' ? 'Nothing is filled in: write the finished text.' : 'Another keeper of secrets needs an operator (such as External Secrets) here.')
    for (const [key, value] of Object.entries<string>(item.labels ?? {})) {
      if (text === undefined || !isQualifiedName(key) || !isLabelValue(value)) own.lost(['labels', key], text === undefined ? `The ${what} is not made here: label it when you make it.` : 'Kubernetes takes no such label: use letters, digits, dots and dashes.')
      else own.changed(['labels', key], `A label of the ${what}.`)
    }
    if (text === undefined) continue
    const base = meta(kube)
    const metadata = { ...base, labels: { ...labelsOf(item.labels), ...base.labels } }
    objects.push(kind === 'secrets' ? { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { [name]: text } } : { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [name]: text } })
  }
  return { objects, todo }
}
