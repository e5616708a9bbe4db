import type { DrainingPod, DrainPlan, DrainProgress, Instance, PodFate } from '../../src-main/common/contract/index.ts'
import { notFound } from '../../src-main/common/errors.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import type { Signal } from './fake-streams.ts'
import type { FakeWorld } from './fake-world.ts'

const CORDONED = { reason: 'SchedulingDisabled', message: 'New pods are not placed here: the server is cordoned.' }

/** Closes a fake node to new pods, or opens it. */
export function fakeCordon(world: FakeWorld, name: string, cordoned: boolean): void {
  if (!world.nodes.some((n) => n.ref.name === name)) throw notFound('nodes', name)
  world.nodes = world.nodes.map((n) => {
    if (n.ref.name !== name) return n
    const { why: _, ...rest } = n
    return { ...rest, schedulable: !cordoned, health: 'healthy', ...(cordoned ? { why: CORDONED } : {}) }
  })
  world.onChange()
}

/** A pod that waits for its data starts without it. */
export function fakeStartWithoutData(world: FakeWorld, name: string): void {
  const pod = world.pods.find((p) => p.ref.name === name)
  if (pod === undefined) throw notFound('pods', name)
  world.end(pod)
  world.onChange()
}

export function fakeDrainPlan(world: FakeWorld, name: string): DrainPlan {
  const pods = podsOf(world, name).map(fateOf).sort((a, b) => a.fate.localeCompare(b.fate))
  return { pods, elsewhere: world.nodes.filter((n) => n.schedulable && n.ref.name !== name).map((n) => n.ref.name) }
}

/** Ends the pods one by one, as the world goes on. The cache may not go at first, as if something held it. */
export async function* fakeDrain(world: FakeWorld, signal: Signal, name: string): Stream<DrainProgress> & AsyncGenerator<DrainProgress> {
  fakeCordon(world, name, true)
  const pods = podsOf(world, name)
  for (let round = 0; ; round++) {
    const states = pods.map((pod, i): DrainingPod => {
      const now = world.pods.find((p) => p.id === pod.id)
      if (now === undefined) return { ref: pod.ref, state: 'ended' }
      if (now.status === 'Terminating') return { ref: pod.ref, state: 'ending' }
      if (pod.app?.name === 'cache' && round < 4) return { ref: pod.ref, state: 'refused', why: { reason: 'TooManyRequests', message: 'Cannot evict pod as it would violate the pod\'s disruption budget. The disruption budget cache needs 1 healthy pods and has 1 currently' } }
      if (i <= round * 2) world.end(now)
      return { ref: pod.ref, state: i <= round * 2 ? 'ending' : 'asked' }
    })
    const done = states.every((s) => s.state === 'ended')
    yield { pods: states, done }
    if (done) return
    await signal.wait()
  }
}

function podsOf(world: FakeWorld, node: string): Instance[] {
  return world.pods.filter((p) => p.node === node)
}

function fateOf(pod: Instance): PodFate {
  if (pod.app === undefined) return { ref: pod.ref, fate: 'ends', why: { reason: 'NoOwner', message: 'No app owns it, so nobody starts it again.' }, losesData: false }
  return { ref: pod.ref, fate: 'moves', why: { reason: 'Owned', message: `ReplicaSet "${pod.app.name}" starts another one.` }, losesData: pod.app.name === 'cache', ...(pod.app.name === 'orders-db' ? { leavesData: ['/srv/orders'] } : {}) }
}
