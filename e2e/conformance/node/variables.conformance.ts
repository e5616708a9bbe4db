import { expect } from 'vitest'
import type { EnvVar } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, forever, outputOf, podOf, podUntil, runningPod, sh, type PodManifest } from '../framework/pods.ts'

conformance('[sig-node] Variable Expansion should allow composing env vars into new env vars [NodeConformance]', async (f) => {
  const env = [{ name: 'FOO', value: 'foo-value' }, { name: 'BAR', value: 'bar-value' }, { name: 'FOOBAR', value: '$(FOO);;$(BAR)' }]
  expect(await outputOf(f, podOf('var-expansion', { containers: [{ ...sh('env'), env }] }))).toContain('FOOBAR=foo-value;;bar-value\n')
})

conformance("[sig-node] Variable Expansion should allow substituting values in a container's command [NodeConformance]", async (f) => {
  const containers = [{ ...sh("TEST_VAR=wrong echo \"$(TEST_VAR)\""), env: [{ name: 'TEST_VAR', value: 'test-value' }] }]
  expect(await outputOf(f, podOf('var-expansion', { containers }))).toBe('test-value\n')
})

conformance("[sig-node] Variable Expansion should allow substituting values in a container's args [NodeConformance]", async (f) => {
  const containers = [{ command: ['sh', '-c'], args: ["TEST_VAR=wrong echo \"$(TEST_VAR)\""], env: [{ name: 'TEST_VAR', value: 'test-value' }] }]
  expect(await outputOf(f, podOf('var-expansion', { containers }))).toBe('test-value\n')
})

conformance('[sig-node] Variable Expansion should allow substituting values in a volume subpath', async (f) => {
  const containers = [{
    ...sh('test -d /testcontainer/var-expansion; echo $?'), env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    volumeMounts: [{ name: 'workdir', mountPath: '/logscontainer', subPathExpr: '$(POD_NAME)' }, { name: 'workdir', mountPath: '/testcontainer' }],
  }]
  expect(await outputOf(f, podOf('var-expansion', { volumes: [{ name: 'workdir', emptyDir: {} }], containers }))).toBe('0\n')
})

/** A pod that goes on, one of whose mounts has a sub-path made of variables. It is never restarted, as upstream's. */
function mounting(env: readonly object[], subPathExpr: string, annotations?: Record<string, string>): PodManifest {
  return podOf('var-expansion', {
    ...(annotations === undefined ? {} : { annotations }), restartPolicy: 'Never', volumes: [{ name: 'workdir1', emptyDir: {} }],
    containers: [{ ...forever(), env: env as EnvVar[], volumeMounts: [{ name: 'workdir1', mountPath: '/subpath_mount', subPathExpr }, { name: 'workdir1', mountPath: '/volume_mount' }] }],
  })
}

const named = (value: string): PodManifest => mounting([{ name: 'POD_NAME', value }], '$(POD_NAME)')

async function cannotBeMade(f: Framework, pod: PodManifest): Promise<void> {
  await createPod(f, pod)
  const failed = await podUntil(f, pod.metadata.name, 'waiting with CreateContainerConfigError', ({ status }) => {
    if (status?.phase !== 'Pending') throw new Error(`the pod is ${status?.phase ?? ''}`)
    return status.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError'
  })
  expect(failed.status?.containerStatuses?.[0]?.ready).toBe(false)
}

conformance('[sig-node] Variable Expansion should fail substituting values in a volume subpath with backticks', (f) => cannotBeMade(f, named('..')))

conformance('[sig-node] Variable Expansion should fail substituting values in a volume subpath with absolute path', (f) => cannotBeMade(f, named('/tmp')))

/** An annotation that may not be there yet, and a name below it. */
const annotated = (annotations: Record<string, string>): PodManifest =>
  mounting([{ name: 'POD_NAME', value: 'foo' }, { name: 'ANNOTATION', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['mysubpath']" } } }], '$(ANNOTATION)/$(POD_NAME)', annotations)

conformance('[sig-node] Variable Expansion should verify that a failing subpath expansion can be modified during the lifecycle of a container [Slow]', async (f) => {
  const pod = annotated({ notmysubpath: 'mypath' })
  await cannotBeMade(f, pod)
  await f.client.patch(f.core('pods', pod.metadata.name), 'merge', { metadata: { annotations: { mysubpath: 'mypath' } } })
  await podUntil(f, pod.metadata.name, 'running', ({ status }) => status?.phase === 'Running')
})

conformance('[sig-node] Variable Expansion should succeed in writing subpaths in container', async (f) => {
  const pod = annotated({ mysubpath: 'mypath' })
  const { metadata: { name } } = await runningPod(f, pod)
  await f.kubectl(['exec', name, '--', 'touch', '/volume_mount/mypath/foo/test.log'])
  await f.kubectl(['exec', name, '--', 'test', '-f', '/subpath_mount/test.log'])
  await f.client.patch(f.core('pods', name), 'merge', { metadata: { annotations: { mysubpath: 'mynewpath' } } })
  await podUntil(f, name, 'running', ({ status, metadata }) => status?.phase === 'Running' && metadata.annotations?.['mysubpath'] === 'mynewpath')
  await f.kubectl(['exec', name, '--', 'test', '-f', '/volume_mount/mypath/foo/test.log'])
  await f.client.delete(f.core('pods', name))
})
