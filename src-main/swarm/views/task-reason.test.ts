import { expect, test } from 'vitest'
import type { TaskState } from '../docker/types.ts'
import { aService, aTask } from '../testing/objects.ts'
import { taskReason } from './task-reason.ts'

const web = aService('web', {}, { TaskTemplate: { ContainerSpec: { Image: 'nginx:1@sha256:abc', Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'] } }, Resources: { Limits: { MemoryBytes: 64 * 2 ** 20 } } } })

test.each<[TaskState, string, string, RegExp]>([
  ['rejected', 'No such image: nginx:1', 'ErrImagePull', /"nginx:1" cannot be pulled\. No such image: nginx:1\./],
  ['rejected', 'pull access denied for x, repository does not exist or may require \'docker login\'', 'ErrImagePull', /a private one needs a login/],
  ['rejected', 'invalid mount config for type "bind": bind source path does not exist: /srv/data', 'MountFailed', /The folder \/srv\/data is not on this server/],
  ['pending', 'no suitable node (scheduling constraints not satisfied on 2 nodes; insufficient resources on 1 node)', 'Unschedulable', /constraints do not hold on 2 nodes; not enough CPU or memory .* on 1 node\.$/],
  ['pending', 'no suitable node', 'Unschedulable', /none is ready and open/],
  ['failed', 'task: non-zero exit (1)', 'Error', /ended with exit code 1: its last log lines/],
  ['failed', 'task: non-zero exit (127)', 'Error', /the command was not found/],
  ['failed', 'task: non-zero exit (137)', 'Killed', /64 MiB of memory/],
  ['failed', 'task: non-zero exit (143): dockerexec: unhealthy container', 'Unhealthy', /health check failed.*curl -f localhost/],
  ['failed', 'starting container failed: driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated', 'PortInUse', /Choose another port/],
  ['failed', 'starting container failed: OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown', 'CannotRun', /has no such program/],
  ['failed', 'something new', 'Failed', /Docker says: something new\./],
])('%s, %s', (state, Err, reason, message) => {
  const why = taskReason(aTask(web, 1, state, {}, { Err }))
  expect(why?.reason).toBe(reason)
  expect(why?.message).toMatch(message)
})

test('an exit code without words, and a node that is lost', () => {
  expect(taskReason(aTask(web, 1, 'failed', {}, { ContainerStatus: { ExitCode: 3 } }))?.message).toMatch(/exit code 3/)
  expect(taskReason(aTask(web, 1, 'orphaned'))?.reason).toBe('NodeLost')
})

test.each(['running', 'complete', 'shutdown', 'preparing'] as const)('%s needs no reason', (state) => expect(taskReason(aTask(web, 1, state))).toBeUndefined())
