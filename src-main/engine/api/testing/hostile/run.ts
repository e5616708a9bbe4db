import { once } from 'node:events'
import { connect, type ConnectionOptions } from 'node:tls'
import { Chance } from './chance.ts'
import { deliver } from './deliver.ts'
import { faultOf } from './judge.ts'
import { hostileRequest, type Target } from './requests.ts'

const NAMESPACE = '/api/v1/namespaces/default'
const container = { name: 'c', image: 'i' }
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } }
const selector = { matchLabels: { a: 'b' } }

/** Kinds of different sorts: small, large, cluster-wide, with subresources, with question-only answers. Their good objects are called `target`. */
export const TARGETS: readonly [Target, ...Target[]] = [
  { path: `${NAMESPACE}/configmaps`, good: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'target', labels: { a: 'b' }, finalizers: ['e.com/f'] }, data: { a: 'b' } } },
  { path: `${NAMESPACE}/pods`, good: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'target' }, spec: { containers: [{ ...container, env: [{ name: 'A', value: 'b' }], ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } } }], tolerations: [{ operator: 'Exists' }] } } },
  { path: `${NAMESPACE}/services`, good: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'target' }, spec: { selector: { a: 'b' }, ports: [{ port: 80, targetPort: 'web' }] } } },
  { path: '/apis/apps/v1/namespaces/default/deployments', good: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'target' }, spec: { replicas: 1, selector, template } } },
  { path: '/apis/batch/v1/namespaces/default/cronjobs', good: { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'target' }, spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } } } } } },
  { path: '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', good: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'target' }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x' } } } },
  { path: '/apis/rbac.authorization.k8s.io/v1/clusterroles', good: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'target' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] } },
  { path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', good: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } } },
  { path: '/api/v1/namespaces', good: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'target' } } },
]

export interface HostileRun {
  random: () => number
  count: number
  /** Where the server listens, with credentials that may do everything. */
  server: ConnectionOptions
  /** Requests under way at once. */
  workers: number
  signal: AbortSignal
}

/** How the requests went: what was wrong with each bad answer, and how often each status code came. */
export interface HostileReport {
  faults: string[]
  codes: Map<string, number>
}

/** Sends `count` hostile requests. Rejects when the server cannot be connected to any more. */
export async function runHostile({ random, count, server, workers, signal }: HostileRun): Promise<HostileReport> {
  const chance = new Chance(random)
  const report: HostileReport = { faults: [], codes: new Map() }
  let sent = 0
  await Promise.all(Array.from({ length: workers }, async () => {
    while (sent++ < count) {
      signal.throwIfAborted()
      const request = hostileRequest(chance, TARGETS)
      const socket = connect(server)
      await once(socket, 'secureConnect')
      const answer = await deliver(socket, request)
      const code = String(answer.code ?? 'hung up')
      report.codes.set(code, (report.codes.get(code) ?? 0) + 1)
      const fault = faultOf(request, answer)
      if (fault !== undefined) report.faults.push(fault)
    }
  }))
  return report
}
