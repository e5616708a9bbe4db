import { expect } from 'vitest'
import type { Endpoints, Pod, Service } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { OTHER_WEB, webTemplate } from '../apps/workloads.ts'
import { conformance } from '../framework/conformance.ts'
import { gone, objectUntil } from '../framework/objects.ts'
import { podOf, podUntil, runningPod, WEB } from '../framework/pods.ts'
import { startKubectl } from './kubectl-process.ts'
import { createPrimary } from './primary.ts'

conformance('[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions', async (f) => {
  expect((await f.kubectl(['api-versions'])).split('\n')).toContain('v1')
})

conformance('[sig-cli] Kubectl client Kubectl version should check is all data is printed', async (f) => {
  const out = await f.kubectl(['version'])
  for (const item of ['Client Version: ', 'Server Version: ']) expect(out).toMatch(new RegExp(`${item}v(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?`))
})

conformance('[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info', async (f) => {
  const out = await f.kubectl(['cluster-info'])
  for (const wanted of ['Kubernetes control plane', 'is running at']) expect(out).toContain(wanted)
})

conformance('[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments', async (f) => {
  const deployment = (image: string): string => JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'httpd-deployment', labels: { app: 'httpd' } }, spec: { replicas: 1, selector: { matchLabels: { app: 'httpd' } }, template: webTemplate({ app: 'httpd' }, { image }) } })
  await f.kubectl(['create', '-f', '-'], deployment(WEB))
  // That something differs is told by the exit code.
  const { code, out } = await startKubectl(f, ['diff', '-f', '-'], deployment(OTHER_WEB)).ended
  expect(code).toBe(1)
  expect(out).toMatch(new RegExp(`-.*image: ${WEB}\\n\\+.*image: ${OTHER_WEB}`))
  await f.kubectl(['delete', '-f', '-'], deployment(WEB))
})

conformance('[sig-cli] Kubectl client Kubectl expose should create services for rc', async (f) => {
  await createPrimary(f)
  const exposed = async (name: string, port: number): Promise<void> => {
    const endpoints = await objectUntil<Endpoints>(f, f.core('endpoints'), name, 'with an address', ({ subsets }) => subsets?.some(({ addresses }) => (addresses?.length ?? 0) > 0) === true)
    expect(endpoints.subsets?.map(({ addresses, ports }) => [addresses?.length, ports?.map((p) => p.port)])).toEqual([[1, [6379]]])
    const { spec } = await f.client.get<Service>(f.core('services', name))
    expect(spec?.ports?.map((p) => [p.port, p.targetPort])).toEqual([[port, 6379]])
  }
  await f.kubectl(['expose', 'rc', 'agnhost-primary', '--name=rm2', '--port=1234', '--target-port=6379'])
  await exposed('rm2', 1234)
  await f.kubectl(['expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379'])
  await exposed('rm3', 2345)
})

conformance('[sig-cli] Kubectl client Kubectl label should update the label on a resource', async (f) => {
  await f.kubectl(['create', '-f', '-'], JSON.stringify(podOf('pause', { labels: { name: 'pause' } })))
  await podUntil(f, 'pause', 'ready', isPodReady)
  await f.kubectl(['label', 'pods', 'pause', 'testing-label=testing-label-value'])
  expect(await f.kubectl(['get', 'pod', 'pause', '-L', 'testing-label'])).toContain('testing-label-value')
  await f.kubectl(['label', 'pods', 'pause', 'testing-label-'])
  expect(await f.kubectl(['get', 'pod', 'pause', '-L', 'testing-label'])).not.toContain('testing-label-value')
})

conformance('[sig-cli] Kubectl client Kubectl patch should add annotations for pods in rc', async (f) => {
  const { metadata: { name = '' } } = await createPrimary(f)
  await f.kubectl(['patch', 'pod', name, '-p', '{"metadata":{"annotations":{"x":"y"}}}'])
  expect((await f.client.get<Pod>(f.core('pods', name))).metadata.annotations).toMatchObject({ x: 'y' })
})

conformance("[sig-cli] Kubectl client Kubectl replace should update a single-container pod's image", async (f) => {
  await f.kubectl(['run', 'e2e-test-httpd-pod', `--image=${WEB}`, '--pod-running-timeout=2m0s', '--labels=run=e2e-test-httpd-pod'])
  await podUntil(f, 'e2e-test-httpd-pod', 'ready', isPodReady)
  const json = await f.kubectl(['get', 'pod', 'e2e-test-httpd-pod', '-o', 'json'])
  await f.kubectl(['replace', '-f', '-'], json.replace(`"image": "${WEB}"`, `"image": "${OTHER_WEB}"`))
  expect((await f.client.get<Pod>(f.core('pods', 'e2e-test-httpd-pod'))).spec?.containers[0]?.image).toBe(OTHER_WEB)
  await f.kubectl(['delete', 'pods', 'e2e-test-httpd-pod'])
})

conformance('[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never', async (f) => {
  await f.kubectl(['run', 'e2e-test-httpd-pod', '--restart=Never', '--pod-running-timeout=2m0s', `--image=${WEB}`])
  const { spec } = await f.client.get<Pod>(f.core('pods', 'e2e-test-httpd-pod'))
  expect([spec?.containers.map(({ image }) => image), spec?.restartPolicy]).toEqual([[WEB], 'Never'])
  await f.kubectl(['delete', 'pods', 'e2e-test-httpd-pod'])
  await gone(f, f.core('pods', 'e2e-test-httpd-pod'))
})

conformance('[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods', async (f) => {
  await f.kubectl(['run', 'e2e-test-httpd-pod', `--image=${WEB}`, '--pod-running-timeout=2m0s', '--labels=run=e2e-test-httpd-pod'])
  const patch = { spec: { containers: [{ name: 'e2e-test-httpd-pod', image: OTHER_WEB }] } }
  await f.kubectl(['patch', 'pod', 'e2e-test-httpd-pod', '-p', JSON.stringify(patch), '--dry-run=server'])
  expect((await f.client.get<Pod>(f.core('pods', 'e2e-test-httpd-pod'))).spec?.containers[0]?.image).toBe(WEB)
  await f.kubectl(['delete', 'pods', 'e2e-test-httpd-pod'])
})

conformance('[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods', async (f) => {
  const pod = await createPrimary(f, true)
  const described = async (kind: string, name: string, lines: readonly RegExp[]): Promise<void> => {
    const out = await f.kubectl(['describe', kind, name])
    for (const line of lines) expect(out, `${kind} ${name}`).toMatch(line)
  }
  await described('pod', pod.metadata.name ?? '', [
    /Name:\s+agnhost-primary-/, new RegExp(`Namespace:\\s+${f.namespace}`), /Node:/, /Labels:\s+app=agnhost/, /role=primary/, /Annotations:/, /Status:\s+Running/, /IP:\s+\d/,
    /Controlled By:\s+ReplicationController\/agnhost-primary/, /Image:/, /State:\s+Running/, /QoS Class:\s+BestEffort/,
  ])
  await described('rc', 'agnhost-primary', [
    /Name:\s+agnhost-primary/, new RegExp(`Namespace:\\s+${f.namespace}`), /Selector:\s+app=agnhost,role=primary/, /Labels:\s+app=agnhost/, /role=primary/, /Annotations:/, /Replicas:\s+1 current \/ 1 desired/,
    /Pods Status:\s+1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed/, /Pod Template:/, /Image:/, /Events:/,
  ])
  await described('service', 'agnhost-primary', [
    /Name:\s+agnhost-primary/, /Labels:\s+app=agnhost/, /role=primary/, /Annotations:/, /Selector:\s+app=agnhost,role=primary/, /Type:\s+ClusterIP/, /IP:\s+\d/, /Port:\s+<unset>\s+6379\/TCP/, /Endpoints:\s+\d/, /Session Affinity:\s+None/,
  ])
  await described('node', pod.spec?.nodeName ?? '', [
    /Name:/, /Labels:/, /Annotations:/, /CreationTimestamp:/, /Conditions:/, /Type\s+Status\s+LastHeartbeatTime\s+LastTransitionTime\s+Reason\s+Message/, /Addresses:/, /Capacity:/, /Version:/, /Kernel Version:/, /OS Image:/,
    /Container Runtime Version:/, /Kubelet Version:/, /Pods:/,
  ])
  await described('namespace', f.namespace, [/Name:/, /Labels:/, /Annotations:/, /Status:\s+Active/])
})

conformance('[sig-cli] Kubectl logs logs should be able to retrieve and filter logs', async (f) => {
  await runningPod(f, podOf('logs-generator', { containers: [{ name: 'logs-generator', command: ['sh', '-c', 'i=0; while [ $i -lt 100 ]; do echo "$i GET /api/v1/namespaces/kube-system/pods/abc"; i=$((i+1)); sleep 0.2; done; sleep 3600'] }] }))
  const logs = (...args: string[]): Promise<string> => f.kubectl(['logs', 'logs-generator', 'logs-generator', ...args])
  const line = /^\d+ GET \/api\/v1\/namespaces\/kube-system\/pods\/abc$/m
  expect(await logs()).toMatch(line)
  const last = await logs('--tail=1')
  expect(last.trimEnd().split('\n')).toEqual([expect.stringMatching(line)])
  expect(await logs('--limit-bytes=1')).toHaveLength(1)
  const [stamp = '', ...rest] = (await logs('--tail=1', '--timestamps')).trimEnd().split(' ')
  expect(stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
  expect(Number.isNaN(Date.parse(stamp))).toBe(false)
  expect(rest.join(' ')).toMatch(line)
  await new Promise((resolve) => setTimeout(resolve, 2500))
  const recent = (await logs('--since=1s')).split('\n').length
  const all = (await logs('--since=24h')).split('\n').length
  expect(recent).toBeLessThan(all)
})
