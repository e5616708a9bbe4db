import type { ObjectAbility, ObjectCondition, ObjectView } from '../../common/contract/index.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { LAST_APPLIED } from '../../common/kube/well-known.ts'
import { refOf, time } from '../views/refs.ts'
import { conditionsOf, statusOf } from '../views/status.ts'
import type { RelatedFrom } from './related.ts'
import { relatedTo } from './related.ts'
import type { ResourceApi, ServedKind } from './resource-api.ts'

/** So many related objects are named: a node has hundreds of pods. */
const RELATED_MAX = 200
/** Kinds whose controllers roll their pods over when the template changes. */
const ROLLING: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet']

/** One object as its page shows it. `now`: milliseconds since the epoch. */
export function objectView(api: ResourceApi, kind: ServedKind, object: Readonly<KubeObject>, from: RelatedFrom, now: number): ObjectView {
  const { resource } = kind
  const cells = api.cells(resource, object, now)
  const related = relatedTo(object, from)
  const abilities = abilitiesOf(api, kind)
  const { spec } = object as { spec?: { suspend?: boolean; paused?: boolean } }
  const { [LAST_APPLIED]: _applied, ...annotations } = object.metadata.annotations ?? {}
  return {
    ref: refOf(object),
    ...statusOf(object),
    facts: kind.columns.map(({ name }, i) => ({ name, value: cells[i] ?? null })).filter(({ name }) => name !== 'Name' && name !== 'Age'),
    conditions: conditionsOf(object).map(({ type, status, reason = '', message = '', lastTransitionTime }): ObjectCondition => ({
      type, status, reason, message, ...(lastTransitionTime === undefined ? {} : { since: time(lastTransitionTime) }),
    })),
    labels: object.metadata.labels ?? {},
    annotations,
    createdAt: time(object.metadata.creationTimestamp),
    related: related.slice(0, RELATED_MAX),
    relatedLeft: Math.max(0, related.length - RELATED_MAX),
    abilities,
    ...(abilities.includes('scale') ? { replicas: api.replicas(resource, object) } : {}),
    ...(abilities.includes('suspend') ? { suspended: spec?.suspend === true } : {}),
    ...(abilities.includes('pause') ? { paused: spec?.paused === true } : {}),
  }
}

/** What can be done to objects of a kind: found in its API and its schema as far as that says it. */
export function abilitiesOf(api: ResourceApi, { resource, scalable }: ServedKind): ObjectAbility[] {
  const abilities: ObjectAbility[] = []
  if (scalable) abilities.push('scale')
  if (resource.group === 'apps' && ROLLING.includes(resource.kind)) abilities.push('restart')
  if (api.hasSpecField(resource, 'paused')) abilities.push('pause')
  if (api.hasSpecField(resource, 'suspend')) abilities.push('suspend')
  if (resource.group === 'batch' && (resource.kind === 'Job' || resource.kind === 'CronJob')) abilities.push('run')
  return abilities
}
