import { isDeepStrictEqual } from 'node:util'
import type { StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { CronJob, Job, JobSpec } from '../../common/kube/generated/batch-v1.ts'
import type { PersistentVolumeClaim, PodSpec, PodTemplateSpec, Service } from '../../common/kube/generated/core-v1.ts'
import { CONTROLLER_UID, OF_ONE_JOB } from '../../common/kube/job.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { BOUND_BY_CONTROLLER, PVC_PROTECTION } from '../../common/kube/volumes.ts'
import { RESTARTED_AT } from '../../common/kube/well-known.ts'
import type { Manifest } from '../to-kubernetes/convert.ts'
import { FILLED_IN } from './filled-in.ts'

const SERVERS = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'selfLink', 'ownerReferences', 'deletionTimestamp', 'deletionGracePeriodSeconds']
/** Annotations in which clients and controllers keep their books. */
const BOOKS = /^(deployment\.kubernetes\.io\/|kubectl\.kubernetes\.io\/last-applied-configuration$|deprecated\.daemonset\.template\.generation$|pv\.kubernetes\.io\/|volume\.kubernetes\.io\/|volume\.beta\.kubernetes\.io\/storage-provisioner$)/
/** Kinds, and objects in every namespace, that nobody declares. */
const MADE = new Set(['Event', 'Endpoints', 'EndpointSlice', 'ControllerRevision', 'Lease', 'ConfigMap/kube-root-ca.crt', 'ServiceAccount/default'])

type Fields = Record<string, unknown>

/** What somebody meant by an object: without its status, a server's and its controllers' entries, and what a server fills in by itself. */
export function meant(object: Manifest): Manifest {
  const { status: _, ...copy } = structuredClone(object) as Manifest & { status?: unknown }
  const metadata = copy.metadata as Fields
  const bound = copy.metadata.annotations?.[BOUND_BY_CONTROLLER] !== undefined
  for (const key of SERVERS) delete metadata[key]
  withoutEntries(metadata, 'annotations', (key) => BOOKS.test(key))
  ofKind(copy, bound)
  for (const [path, value] of FILLED_IN[copy.kind] ?? []) drop(copy as unknown as Fields, path.split('.'), value)
  return copy
}

/** Of everything in a namespace, what somebody declared: not what controllers made of it. */
export function declaredAmong<T extends Manifest>(objects: readonly T[]): T[] {
  const claimsOfSets = objects.filter(({ kind }) => kind === 'StatefulSet').flatMap((set) => ((set as unknown as StatefulSet).spec?.volumeClaimTemplates ?? []).map((claim) => `${claim.metadata.name}-${set.metadata.name ?? ''}-`))
  const isOfSet = (name: string): boolean => claimsOfSets.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
  return objects.filter(({ kind, metadata }) => {
    const { name = '' } = metadata
    if (controllerOf({ metadata }) !== undefined || MADE.has(kind) || MADE.has(`${kind}/${name}`)) return false
    return kind !== 'PersistentVolumeClaim' || !isOfSet(name)
  })
}

function ofKind(object: Manifest, bound: boolean): void {
  switch (object.kind) {
    case 'Deployment': case 'StatefulSet': case 'DaemonSet': return ofTemplate((object as unknown as { spec?: { template?: PodTemplateSpec } }).spec?.template)
    case 'Job': return ofJob((object as Job).spec)
    case 'CronJob': return ofJob((object as CronJob).spec?.jobTemplate.spec)
    case 'Service': return ofService((object as Service).spec)
    case 'PersistentVolumeClaim': {
      const { metadata, spec } = object as PersistentVolumeClaim
      const held = metadata.finalizers?.filter((name) => name !== PVC_PROTECTION) ?? []
      if (held.length > 0) metadata.finalizers = held
      else delete metadata.finalizers
      if (bound) delete spec.volumeName
    }
  }
}

function ofTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.metadata !== undefined) withoutEntries(template.metadata as Fields, 'annotations', (key) => key === RESTARTED_AT)
  if (template?.spec !== undefined) ofPod(template.spec)
}

/** The old name of a field, and the ports of a pod on its node's network, which are the node's already. */
function ofPod(spec: PodSpec): void {
  if (spec.serviceAccount === spec.serviceAccountName) delete spec.serviceAccount
  if (spec.hostNetwork === true) for (const port of spec.containers.flatMap(({ ports = [] }) => ports)) if (port.hostPort === port.containerPort) delete port.hostPort
}

function ofJob(spec: JobSpec | undefined): void {
  if (spec === undefined) return
  if (spec.manualSelector !== true && spec.selector?.matchLabels?.[CONTROLLER_UID] !== undefined) delete spec.selector
  if (spec.template.metadata !== undefined) withoutEntries(spec.template.metadata as Fields, 'labels', (key) => OF_ONE_JOB.includes(key))
  ofTemplate(spec.template)
}

/** Addresses that the cluster gave out. */
function ofService(spec: Service['spec']): void {
  if (spec === undefined) return
  if (spec.clusterIP !== 'None') delete spec.clusterIP
  if (isDeepStrictEqual(spec.ipFamilies, ['IPv4'])) delete spec.ipFamilies
  delete spec.clusterIPs
  delete spec.healthCheckNodePort
}

function withoutEntries(metadata: Fields, field: string, isTheirs: (key: string) => boolean): void {
  const entries = Object.entries((metadata[field] ?? {}) as Fields)
  const mine = entries.filter(([key]) => !isTheirs(key))
  if (mine.length === entries.length) return
  if (mine.length > 0) metadata[field] = Object.fromEntries(mine)
  else delete metadata[field]
}

/** Takes the field at a path away where it has that value. */
function drop(object: unknown, [step = '', ...rest]: readonly string[], value: unknown): void {
  if (typeof object !== 'object' || object === null) return
  if (step === '*') (object as unknown[]).forEach((item) => drop(item, rest, value))
  else if (rest.length > 0) drop((object as Fields)[step], rest, value)
  else if (isDeepStrictEqual((object as Fields)[step], value)) delete (object as Fields)[step]
}
