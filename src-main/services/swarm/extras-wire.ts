import { randomUUID } from 'node:crypto'
import type { Clock } from '../../common/clock.ts'
import type { EventSink } from '../../swarm/extras/event-sink.ts'
import type { SwarmPicture } from '../../swarm/extras/picture.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'

/** What the extras see of the swarm that is followed. */
export function pictureOf(state: SwarmState): SwarmPicture {
  return { services: () => state.now.services, tasks: () => state.now.tasks, nodes: () => state.now.nodes, onChange: (listener) => state.onChange(listener) }
}

/** What the extras say, among the swarm's own events. */
export function eventsOf(state: SwarmState, clock: Clock): EventSink {
  return { event: (said) => state.events.add({ ...said, id: randomUUID(), time: clock.now(), count: 1 }) }
}
