import { expect, test } from 'vitest'
import { EMPTY_PICTURE } from '../state/picture.ts'
import { aNode, aService, aTask } from '../testing/objects.ts'
import type { TaskState } from '../docker/types.ts'
import { SwarmSnapshot } from './snapshot.ts'

// A restart policy that does not start tasks again: "in progress" for ever would be untrue.
const once = aService('once', {}, { Mode: { Replicated: { Replicas: 1 } } })
const pair = aService('pair')
type Made = ReturnType<typeof aTask>
const failed = (service = once, slot = 1, DesiredState: TaskState = 'shutdown'): Made => aTask(service, slot, 'failed', { DesiredState }, { Err: 'task: non-zero exit (3)' })
const done = (service = once, slot = 1): Made => aTask(service, slot, 'complete', { DesiredState: 'shutdown' })
const look = (service: typeof once, tasks: Made[]): { health: string; why: string | undefined; rollout: string | undefined } => {
  const snapshot = new SwarmSnapshot({ ...EMPTY_PICTURE, source: { state: 'live', manager: 'one' }, nodes: [aNode('one', { ID: 'node-1' })], services: [service], tasks })
  const [app] = snapshot.apps
  return { health: app?.health ?? '', why: app?.why?.reason, rollout: app === undefined ? undefined : snapshot.app(app.ref)?.rollout.state }
}

test.each<[string, typeof once, Made[], string, string | undefined, string]>([
  ['one that failed', once, [failed()], 'failed', 'Error', 'complete'],
  ['one that is done', once, [done()], 'stopped', 'Completed', 'complete'],
  ['one of two failed, the other runs', pair, [failed(pair, 1), aTask(pair, 2, 'running')], 'degraded', 'Error', 'complete'],
  ['one of two failed, the other is still to come', pair, [failed(pair, 1)], 'progressing', undefined, 'progressing'],
  ['one is being started again', once, [failed(), aTask(once, 1, 'preparing', { DesiredState: 'ready' })], 'failed', 'Error', 'progressing'],
  ['one of a version before', { ...once, Spec: { ...once.Spec, TaskTemplate: { ContainerSpec: { Image: 'nginx:2' } } } }, [failed()], 'progressing', undefined, 'progressing'],
])('%s', (_, service, tasks, health, why, rollout) => expect(look(service, tasks)).toEqual({ health, why, rollout }))
