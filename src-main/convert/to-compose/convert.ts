import type { ComposeModel } from '../../common/compose/forms/file.ts'
import { writeCompose } from '../../common/compose/write.ts'
import { groupBy } from '../../common/group-by.ts'
import type { HorizontalPodAutoscaler } from '../../common/kube/generated/autoscaling-v2.ts'
import type { ConfigMap, PersistentVolumeClaim, Secret, Service } from '../../common/kube/generated/core-v1.ts'
import type { Ingress, NetworkPolicy } from '../../common/kube/generated/networking-v1.ts'
import { PART_OF } from '../conventions.ts'
import type { ReportLine } from '../report.ts'
import { Ledger } from '../report.ts'
import type { Manifest } from '../to-kubernetes/convert.ts'
import { claimNotes, claimsOfOne, contentsOf } from './contents.ts'
import type { Given, Making } from './context.ts'
import { addAutoscaler, addIngress, addPolicy } from './extras.ts'
import { meant } from './meant.ts'
import type { Workload } from './workload.ts'
import { addWorkload } from './workload.ts'

export interface ToCompose {
  readonly model: ComposeModel
  readonly compose: string
  /** Texts to be kept beside the Compose file, by the path that it names: the content of secrets. */
  readonly files: Readonly<Record<string, string>>
  /** A line for every field of every object; a path begins with the object's `Kind/name`. */
  readonly report: ReportLine[]
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']
const ELSEWHERE = 'Docker has nothing like it: it is left out.'
const ADVICE: Record<string, string | undefined> = {
  Namespace: 'A stack\'s name keeps it apart from others: deploy under that.', Pod: 'A pod on its own: make it a Deployment, or a Job if it ends.',
  ReplicaSet: 'Give the Deployment that it belongs to.', ServiceAccount: 'Containers have no account in Swarm.', Role: 'Swarm has no roles.', RoleBinding: 'Swarm has no roles.',
  PodDisruptionBudget: 'Set update_config.parallelism: a drain of a Swarm node asks nobody.', PersistentVolume: 'A Docker volume is made where it is first used: give its driver_opts for a network disk.',
}

/** Kubernetes objects as a Compose file (with what only Toque reads as labels). They may be read from a cluster: what a server or its controllers wrote by themselves is not part of what is meant, and has no lines (`meant`). */
export function kubernetesToCompose(objects: readonly Manifest[]): ToCompose {
  const input: Record<string, Manifest> = {}
  for (const object of objects) {
    const plain = `${object.kind}/${object.metadata.name ?? ''}`
    let key = plain
    for (let i = 2; key in input; i++) key = `${plain}#${String(i)}`
    input[key] = meant(object)
  }
  const ledger = new Ledger(input)
  const all = Object.entries(input).map(([key, object]): Given<Manifest> => {
    const note = ledger.note([key])
    for (const key of ['apiVersion', 'kind']) note.changed(key, 'Compose has no objects: what it says is among the file\'s services, networks, volumes, secrets and configs.')
    if (object.metadata.namespace !== undefined) note.changed(['metadata', 'namespace'], 'A stack\'s name keeps it apart from others: deploy under that.')
    return { object, note }
  })
  const byKind = groupBy(all, ({ object }) => object.kind)
  const of = <T>(kind: string): Given<T>[] => (byKind.get(kind) ?? []) as unknown as Given<T>[]
  const named = <T extends Manifest>(kind: string): Map<string, Given<T>> => new Map(of<T>(kind).map((given) => [given.object.metadata.name ?? '', given]))
  const making: Making = {
    model: { services: {}, networks: {}, volumes: {}, secrets: {}, configs: {} }, files: {}, claimed: [],
    objects: { services: of<Service>('Service'), configs: named<ConfigMap>('ConfigMap'), secrets: named<Secret>('Secret'), claims: named<PersistentVolumeClaim>('PersistentVolumeClaim') },
  }
  contentsOf(making)
  claimNotes(making)
  const workloads = new Map<string, string>()
  const behind = new Map<string, string>()
  for (const given of WORKLOADS.flatMap((kind) => of<Workload>(kind))) {
    const name = addWorkload(given, making)
    workloads.set(`${given.object.kind}/${given.object.metadata.name}`, name)
    behind.set(given.object.metadata.name, name)
  }
  claimsOfOne(making)
  for (const given of of<HorizontalPodAutoscaler>('HorizontalPodAutoscaler')) addAutoscaler(given, workloads, making)
  for (const given of of<Ingress>('Ingress')) addIngress(given, behind, making)
  for (const given of of<NetworkPolicy>('NetworkPolicy')) addPolicy(given, making)
  const known = new Set([...WORKLOADS, 'Service', 'ConfigMap', 'Secret', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'Ingress', 'NetworkPolicy'])
  for (const { object, note } of all) if (!known.has(object.kind)) for (const key of Object.keys(object)) note.lost(key, ADVICE[object.kind] ?? ELSEWHERE)
  const projects = new Set(objects.map(({ metadata }) => metadata.labels?.[PART_OF]).filter((name) => name !== undefined))
  const model = withoutEmpty({ ...([...projects].length === 1 ? { name: [...projects][0] } : {}), ...making.model })
  return { model, compose: writeCompose(model), files: making.files, report: ledger.lines() }
}

function withoutEmpty(model: ComposeModel): ComposeModel {
  return Object.fromEntries(Object.entries(model).filter(([key, value]) => key === 'services' || typeof value !== 'object' || Object.keys(value as object).length > 0)) as ComposeModel
}
