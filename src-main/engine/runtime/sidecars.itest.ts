import { afterAll, beforeAll, expect, test } from 'vitest'
import { Pods } from '../../common/kube/kinds.ts'
import { IMAGE, NodeBench } from './testing/node-bench.ts'

let bench: NodeBench
beforeAll(async () => {
  bench = await NodeBench.up()
})
afterAll(() => bench.down())

const sh = (command: string): { image: string; imagePullPolicy: string; command: string[] } => ({ image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', command] })
// Says goodbye into the shared volume, so that the order is seen.
const side = (name: string): object => ({ name, restartPolicy: 'Always', ...sh(`trap 'echo ${name} >> /v/end; exit 0' TERM; while true; do sleep 0.1; done`), volumeMounts: [{ name: 'v', mountPath: '/v' }] })

test('a pod of a job ends though its sidecars run, which end after it in reverse order', async () => {
  await bench.createPod('job', {
    restartPolicy: 'Never', terminationGracePeriodSeconds: 5, initContainers: [side('first'), side('second')] as never,
    containers: [{ name: 'app', ...sh('echo app >> /v/end'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }], volumes: [{ name: 'v', emptyDir: {} }],
  })
  const pod = await bench.until('job', 'over', (p) => p.status?.phase === 'Succeeded')
  expect([...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].map((s) => [s.name, s.restartCount, s.state?.terminated?.exitCode])).toEqual([['first', 0, 0], ['second', 0, 0], ['app', 0, 0]])
  const volumes = (await bench.host.docker.listVolumes()).Volumes.filter((v) => v.Name === `toque_${pod.metadata.uid}_v`)
  expect((await bench.lab.host(1).exec(['cat', `${volumes[0]?.Mountpoint ?? ''}/end`])).stdout.trim().split('\n')).toEqual(['app', 'second', 'first'])
})

test('a container put into a living pod sees the processes of the one it is to look at', async () => {
  await bench.createPod('web', { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', ...sh('exec sleep 4242') }] })
  const pod = await bench.ready('web')
  await bench.client.update(Pods, { ...pod, spec: { ...pod.spec, ephemeralContainers: [{ name: 'look', targetContainerName: 'app', ...sh('ps; exec sleep 1000') }] } })
  await bench.until('web', 'looked at', (p) => p.status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined)
  expect((await bench.exec('web', 'look', ['ps'])).output).toContain('sleep 4242')
  expect((await bench.pod('web')).status?.containerStatuses?.[0]?.restartCount).toBe(0)
  await bench.client.delete(Pods, 'default', 'web')
  await bench.gone('web')
  expect(bench.errors).toEqual([])
})
