import { expect, test } from 'vitest'
import { readCompose } from '../common/compose/read.ts'
import type { Deployment } from '../common/kube/generated/apps-v1.ts'
import type { Probe } from '../common/kube/generated/core-v1.ts'
import { parseManifests } from './testing/manifests.ts'
import { kubernetesToCompose } from './to-compose/convert.ts'
import { composeToKubernetes } from './to-kubernetes/convert.ts'

const SECOND = 1_000_000_000

function startupOf(check: string): Probe | undefined {
  const { model } = readCompose(`services: {a: {image: x, healthcheck: {test: "true", ${check}}}}`)
  if (model === undefined) throw new Error('no model')
  return (composeToKubernetes(model).objects[0] as Deployment).spec?.template.spec?.containers[0]?.startupProbe
}

// The first try comes at once, the last one ends it: n tries forgive n - 1 periods.
test.each([
  ['start_period: 20s', { periodSeconds: 30, failureThreshold: 2 }], ['start_period: 30s, interval: 10s', { periodSeconds: 10, failureThreshold: 4 }],
  ['start_period: 20s, interval: 1m, start_interval: 2s', { periodSeconds: 2, failureThreshold: 11 }],
])('a service whose check fails for as long as its start_period is not ended: %s', (check, probe) => expect(startupOf(check)).toMatchObject(probe))

test.each([[30, 10, 290], [2, 5, 5], [1, 10, undefined]])('back: %i tries, %i s apart, are a start_period of %s s', (failureThreshold, periodSeconds, seconds) => {
  const probe = `exec: {command: [x]}, periodSeconds: ${String(periodSeconds)}, failureThreshold:`
  const { model, report } = kubernetesToCompose(parseManifests(`apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: x, livenessProbe: {${probe} 3}, startupProbe: {${probe} ${String(failureThreshold)}}}]}
`))
  expect(model.services['a']?.healthcheck?.start_period).toBe(seconds === undefined ? undefined : seconds * SECOND)
  expect(report.find(({ field }) => field.endsWith('startupProbe.failureThreshold'))?.verdict).toBe(seconds === undefined ? 'changed' : 'same')
})
