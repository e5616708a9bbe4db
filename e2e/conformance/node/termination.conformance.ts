import { expect } from 'vitest'
import type { Container, ContainerStateTerminated, Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { createPod, endedPod, podOf, podUntil, sh } from '../framework/pods.ts'

// What the runtime says of containers that end.

/** Counts its starts in a file of the pod's: fails the first time, succeeds the second, goes on the third. */
const THREE_LIVES = sh("f=/restart-count/restartCount; count=$(echo 'hello' >> $f ; wc -l $f | awk {'print $1'}); if [ $count -eq 1 ]; then exit 1; fi; if [ $count -eq 2 ]; then exit 0; fi; trap 'exit 0' TERM; while true; do sleep 1; done")
const LIVES = [
  { policy: 'Always', phase: 'Running', state: 'running', restarts: 2, ready: true },
  { policy: 'OnFailure', phase: 'Succeeded', state: 'terminated', restarts: 1, ready: false },
  { policy: 'Never', phase: 'Failed', state: 'terminated', restarts: 0, ready: false },
] as const

conformance('[sig-node] Container Runtime blackbox test when starting a container that exits should run with the expected status [NodeConformance]', async (f) => {
  await Promise.all(LIVES.map(async ({ policy, phase, state, restarts, ready }) => {
    const name = `terminate-cmd-${policy.toLowerCase()}`
    await createPod(f, podOf(name, { restartPolicy: policy, volumes: [{ name: 'restart-count', emptyDir: { medium: 'Memory' } }], containers: [{ ...THREE_LIVES, volumeMounts: [{ name: 'restart-count', mountPath: '/restart-count' }] }] }))
    const pod = await podUntil(f, name, `restarted ${String(restarts)} times and ${phase}`, (seen) => seen.status?.containerStatuses?.[0]?.restartCount === restarts && seen.status.phase === phase && isPodReady(seen) === ready)
    expect(Object.keys(pod.status?.containerStatuses?.[0]?.state ?? {})).toEqual([state])
    await f.client.delete(f.core('pods', name))
    await eventually(`${name} gone`, async () => (await f.client.ask('GET', f.core('pods', name))).code === 404)
  }))
})

/** How the one container of a pod ended. */
async function endOf(f: Framework, container: Partial<Container>, phase: 'Succeeded' | 'Failed'): Promise<ContainerStateTerminated | undefined> {
  const { status }: Pod = await endedPod(f, podOf('termination-message-container', { containers: [container] }))
  expect(status?.phase).toBe(phase)
  return status?.containerStatuses?.[0]?.state?.terminated
}

conformance('[sig-node] Container Runtime blackbox test on terminated container should report termination message if TerminationMessagePath is set as non-root user and at a non-default path [NodeConformance]', async (f) => {
  const end = await endOf(f, { ...sh('echo -n DONE > /dev/termination-custom-log'), terminationMessagePath: '/dev/termination-custom-log', securityContext: { runAsUser: 10000 } }, 'Succeeded')
  expect(end?.message).toBe('DONE')
})

conformance('[sig-node] Container Runtime blackbox test on terminated container should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]', async (f) => {
  const end = await endOf(f, { ...sh('echo -n DONE; /bin/false'), terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'FallbackToLogsOnError' }, 'Failed')
  expect(end?.message).toBe('DONE')
})

conformance('[sig-node] Container Runtime blackbox test on terminated container should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]', async (f) => {
  const end = await endOf(f, { ...sh('echo -n DONE; /bin/true'), terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'FallbackToLogsOnError' }, 'Succeeded')
  expect(end?.message ?? '').toBe('')
})

conformance('[sig-node] Container Runtime blackbox test on terminated container should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]', async (f) => {
  const end = await endOf(f, { ...sh('echo -n OK > /dev/termination-log; echo DONE; /bin/true'), terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'FallbackToLogsOnError' }, 'Succeeded')
  expect(end?.message).toBe('OK')
})
