import { expect, test } from 'vitest'
import type { KubeObject } from '../../common/kube/object.ts'
import { statusOf } from './status.ts'

const of = (kind: string, spec: object, status?: object, metadata: object = {}): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name: 'a', ...metadata }, spec, ...(status === undefined ? {} : { status }) }) as unknown as KubeObject

test.each<[string, KubeObject, object]>([
  ['nothing to be well', of('ConfigMap', {}), {}],
  ['being deleted', of('PersistentVolumeClaim', {}, { phase: 'Bound' }, { deletionTimestamp: 'x' }), { health: 'progressing', state: 'Terminating' }],
  ['bound', of('PersistentVolumeClaim', {}, { phase: 'Bound' }), { health: 'healthy', state: 'Bound' }],
  ['a phase nobody knows', of('Widget', {}, { phase: 'Dreaming' }), { state: 'Dreaming' }],
  ['a failed job', of('Job', {}, { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'm' }] }), { health: 'failed', why: { reason: 'BackoffLimitExceeded', message: 'm' } }],
  ['a job that ended well', of('Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), { health: 'stopped', state: 'Complete' }],
  ['held', of('CronJob', { suspend: true }, {}), { health: 'stopped', state: 'Suspended' }],
  ['all ready', of('StatefulSet', { replicas: 2 }, { readyReplicas: 2 }), { health: 'healthy' }],
  ['not yet', of('ReplicaSet', { replicas: 2 }, { readyReplicas: 1 }), { health: 'progressing' }],
  ['none wanted', of('ReplicaSet', { replicas: 0 }, {}), { health: 'stopped' }],
  ['on every node', of('DaemonSet', {}, { desiredNumberScheduled: 3, numberReady: 3 }), { health: 'healthy' }],
  ['no metrics', of('HorizontalPodAutoscaler', {}, { conditions: [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' }] }), { health: 'degraded', why: { reason: 'FailedGetResourceMetric', message: '' } }],
  ['at its limit is well', of('HorizontalPodAutoscaler', {}, { conditions: [{ type: 'ScalingActive', status: 'True' }, { type: 'ScalingLimited', status: 'True' }] }), { health: 'healthy' }],
])('%s', (_, object, expected) => expect(statusOf(object)).toEqual(expected))
