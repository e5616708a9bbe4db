import { expect } from 'vitest'
import type { Lifecycle } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { forever, logOf, podOf, runningPod, WEB } from '../framework/pods.ts'

/** A web server that writes down each request; its address. */
async function listener(f: Framework): Promise<string> {
  const pod = await runningPod(f, podOf('pod-handle-http-request', { containers: [{ image: WEB, readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 } }] }))
  return pod.status?.podIP ?? ''
}

const asked = (f: Framework, what: string): Promise<unknown> => eventually(`a request for ${what}`, async () => (await logOf(f, 'pod-handle-http-request')).includes(`GET ${what} `))

async function hooked(f: Framework, name: string, lifecycle: Lifecycle): Promise<void> {
  await runningPod(f, podOf(name, { containers: [{ ...forever(), lifecycle }] }))
}

async function deletedSlowly(f: Framework, name: string): Promise<void> {
  await f.client.delete(f.core('pods', name), { gracePeriodSeconds: 15 })
  await eventually(`${name} gone`, async () => (await f.client.ask('GET', f.core('pods', name))).code === 404)
}

const wget = (address: string, path: string): Lifecycle['postStart'] => ({ exec: { command: ['sh', '-c', `wget -q -O - http://${address}${path}`] } })

conformance('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart exec hook properly [NodeConformance]', async (f) => {
  await hooked(f, 'pod-with-poststart-exec-hook', { postStart: wget(await listener(f), '/?msg=poststart') })
  await asked(f, '/?msg=poststart')
  await deletedSlowly(f, 'pod-with-poststart-exec-hook')
})

conformance('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop exec hook properly [NodeConformance]', async (f) => {
  await hooked(f, 'pod-with-prestop-exec-hook', { preStop: wget(await listener(f), '/?msg=prestop') })
  expect(await logOf(f, 'pod-handle-http-request')).not.toContain('prestop')
  await deletedSlowly(f, 'pod-with-prestop-exec-hook')
  await asked(f, '/?msg=prestop')
})

conformance('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute poststart http hook properly [NodeConformance]', async (f) => {
  await hooked(f, 'pod-with-poststart-http-hook', { postStart: { httpGet: { host: await listener(f), path: '/?msg=poststart', port: 80 } } })
  await asked(f, '/?msg=poststart')
  await deletedSlowly(f, 'pod-with-poststart-http-hook')
})

conformance('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop http hook properly [NodeConformance]', async (f) => {
  await hooked(f, 'pod-with-prestop-http-hook', { preStop: { httpGet: { host: await listener(f), path: '/?msg=prestop', port: 80 } } })
  await deletedSlowly(f, 'pod-with-prestop-http-hook')
  await asked(f, '/?msg=prestop')
})

conformance('[sig-node] PreStop should call prestop when killing a pod', async (f) => {
  const address = await listener(f)
  await hooked(f, 'tester', { preStop: { exec: { command: ['wget', '-q', '-O-', `http://${address}/?write`] } } })
  await f.client.delete(f.core('pods', 'tester'), { gracePeriodSeconds: 30 })
  await asked(f, '/?write')
  // Upstream reads what was written through the API's proxy.
  expect((await f.client.ask('GET', f.core('pods', 'pod-handle-http-request/proxy/'), { query: { read: '' } })).code).toBe(200)
  await asked(f, '/?read=')
})
