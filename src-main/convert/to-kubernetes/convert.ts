import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { PersistentVolumeClaim } from '../../common/kube/generated/core-v1.ts'
import type { ObjectMeta } from '../../common/kube/generated/meta-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { Path, Span } from '../../common/yaml/place.ts'
import { APP, isLabelValue, PART_OF } from '../conventions.ts'
import type { ReportLine } from '../report.ts'
import { Ledger } from '../report.ts'
import type { Meta, ServiceContext } from './context.ts'
import { autoscalersOf, ingressesOf } from './extras.ts'
import { leftOut } from './left-out.ts'
import { kubeNames } from './names.ts'
import { isIsolating, networkPolicies, publishedPolicy } from './networks.ts'
import { servicesOf } from './ports.ts'
import type { Given } from './storage.ts'
import { claimOf, contentObjects, sharedNote, volumeNotes } from './storage.ts'
import { kindOf, workloadOf } from './workload.ts'
import { manifestText } from './text.ts'

/** An object as it is sent to a cluster. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

export interface ToKubernetes {
  readonly objects: readonly Manifest[]
  /** The objects as YAML, with what has to be done first in comments at the top. */
  readonly manifests: string
  readonly report: ReportLine[]
}

/** What besides the model is known: the texts of the files that it names, and where its fields are written. */
export interface ToKubernetesOptions extends Given {
  readonly place?: (path: Path) => Span
}

/** A Compose file as Kubernetes manifests. Every field of the model has a line in the report; a secret's content is taken over only where its text was given. */
export function composeToKubernetes(model: ComposeModel, options: ToKubernetesOptions = {}): ToKubernetes {
  const ledger = new Ledger(model)
  const note = ledger.note()
  const services = kubeNames(Object.keys(model.services))
  const names = { volumes: kubeNames(Object.keys(model.volumes ?? {})), secrets: kubeNames(Object.keys(model.secrets ?? {})), configs: kubeNames(Object.keys(model.configs ?? {})) }
  const project: Record<string, string> = model.name !== undefined && isLabelValue(model.name) ? { [PART_OF]: model.name } : {}
  const fileMeta: Meta = (name) => ({ name, labels: { ...project } })
  if (model.name !== undefined && !isLabelValue(model.name)) note.lost('name', 'Labels take no such name: use letters, digits and dashes.')
  else note.same('name')
  for (const [key, item] of Object.entries(model.models ?? {})) Object.keys(item).forEach((field) => note.lost(['models', key, field], 'Run the model as a service of its own, and give its address by environment.'))

  const users = volumeUsers(model)
  volumeNotes(model, note, new Set(Object.keys(model.volumes ?? {}).filter((volume) => !users.has(volume))))
  const secrets = contentObjects(model, 'secrets', names.secrets, options, note, fileMeta)
  const configs = contentObjects(model, 'configs', names.configs, options, note, fileMeta)
  const shared: Draft<PersistentVolumeClaim>[] = []
  const objects: Manifest[] = [...secrets.objects, ...configs.objects]
  const policies = networkPolicies(model, note, fileMeta)

  const perService = Object.entries(model.services).flatMap(([name, service]): Manifest[] => {
    const kubeName = services.get(name) ?? name
    const meta: Meta = (object) => ({ name: object, labels: { [APP]: kubeName, ...project } })
    const own = [...users].filter(([volume, by]) => by.size === 1 && by.has(name) && model.volumes?.[volume]?.external !== true).map(([volume]) => volume)
    const kind = kindOf(service, own.length > 0)
    const ownVolumes = new Set(kind === 'StatefulSet' ? own : [])
    const context: ServiceContext = { name, kubeName, service, model, kind, note: note.in('services', name), names, ownVolumes }
    if (kubeName !== name) note.remark(['services', name], `It is called "${kubeName}" in Kubernetes: others reach it by that name.`)
    leftOut(service, context.note)
    const claims = own.map((volume) => claimOf(volume, model, names.volumes.get(volume) ?? volume, fileMeta, kind === 'DaemonSet'))
    if (kind !== 'StatefulSet') shared.push(...claims)
    return [
      workloadOf(context, meta, kind === 'StatefulSet' ? claims : []), ...(kind === 'Job' || kind === 'CronJob' ? jobPorts(context) : servicesOf(context, meta)),
      ...autoscalersOf(context, meta), ...ingressesOf(context, meta), ...(isIsolating(model) ? publishedPolicy(context, meta) : []),
    ]
  })
  for (const [volume, by] of users) {
    if (model.volumes?.[volume]?.external === true) continue
    const everywhere = [...by].some((name) => model.services[name]?.deploy?.mode === 'global')
    if (by.size > 1 || everywhere) sharedNote(note, volume, everywhere)
    if (by.size > 1) shared.push(claimOf(volume, model, names.volumes.get(volume) ?? volume, fileMeta, everywhere))
  }
  const all = [...objects, ...shared, ...perService, ...policies]
  for (const { metadata } of all) if (Object.keys(metadata.labels ?? {}).length === 0) delete metadata.labels
  return { objects: all, manifests: manifestText(all, [...secrets.todo, ...configs.todo]), report: ledger.lines(options.place) }
}

/** Who mounts each named volume. */
function volumeUsers(model: ComposeModel): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>()
  for (const [name, { volumes = [] }] of Object.entries(model.services)) {
    for (const { type, source, target } of volumes) if (type === 'volume' && source !== undefined && target?.startsWith('/')) users.set(source, new Set([...(users.get(source) ?? []), name]))
  }
  return users
}

/** A job is not reached by a name. */
function jobPorts({ service, note }: ServiceContext): never[] {
  const why = 'Nobody calls a job: it has no Service. What listens is no job.'
  service.ports?.forEach((port, i) => port.mode !== 'host' && Object.keys(port).forEach((key) => note.lost(['ports', i, key], why)))
  service.expose?.forEach((_, i) => note.lost(['expose', i], why))
  note.lost(['deploy', 'endpoint_mode'], why)
  for (const [network, { aliases = [] }] of Object.entries(service.networks ?? {})) aliases.forEach((_, i) => note.lost(['networks', network, 'aliases', i], why))
  return []
}
