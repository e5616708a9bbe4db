import { randomUUID } from 'node:crypto'
import type { Clock } from '../../common/clock.ts'
import type { EventRecorder } from '../../engine/client/recorder.ts'
import type { RegistryLogins } from '../../swarm/cluster/registry-logins.ts'
import { resolveImage } from '../../swarm/cluster/resolve-image.ts'
import type { ImageSource } from '../../swarm/extras/canary/image-source.ts'
import type { EventSink } from '../../swarm/extras/event-sink.ts'
import type { SwarmPicture } from '../../swarm/extras/picture.ts'
import { taggedImage, withDigest } from '../../swarm/stack/image-name.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { serviceRef } from '../../swarm/views/refs.ts'

/** What the extras see of the swarm that is followed. */
export function pictureOf(state: SwarmState): SwarmPicture {
  return { services: () => state.now.services, tasks: () => state.now.tasks, nodes: () => state.now.nodes, onChange: (listener) => state.onChange(listener) }
}

/** The kind of what Events of the engine's own store are about, where a service of the swarm is meant. */
const SERVICE_KIND = 'SwarmService'
/** Their namespace: a stack's name is none of the engine's. */
const NAMESPACE = 'default'

/** What the extras say, among the swarm's own events, and as Events of the engine's store: its Notifications tell others of them. */
export function eventsOf(state: SwarmState, clock: Clock, recorder: EventRecorder | undefined): EventSink {
  return {
    event: (said) => {
      state.events.add({ ...said, id: randomUUID(), time: clock.now(), count: 1 })
      recorder?.event({ apiVersion: 'toque.dev/v1', kind: SERVICE_KIND, metadata: { name: said.about.name, namespace: NAMESPACE, uid: `swarm/${said.about.name}`, resourceVersion: '', creationTimestamp: '' } }, said.type, said.reason, said.message)
    },
  }
}

/** Images as the registries have them, with the logins that the desk keeps. */
export function imagesOf(state: SwarmState, logins: RegistryLogins): ImageSource {
  return {
    pin: async (service, image) => {
      const auth = logins.for(serviceRef(service).namespace, image)
      const answer = await resolveImage(state.api, image, auth)
      const pinned = 'found' in answer ? { image: withDigest(image, answer.found.digest), platforms: answer.found.platforms.map(({ OS, Architecture }) => ({ OS, Architecture })) } : { image: taggedImage(image) }
      return { pinned, auth }
    },
  }
}
