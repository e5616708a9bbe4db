import { m } from '../paraglide/messages.js'

const KINDS = ['Service', 'Node', 'Network', 'Secret', 'Config'] as const
const DONE = { Created: m.event_created, Updated: m.event_updated, Removed: m.event_removed } as const

/** What a swarm's events say in a word or two, by their reasons. Which kind of thing it is, the object that they are about says. */
export const SWARM_EVENTS: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(KINDS.flatMap((kind) => Object.entries(DONE).map(([done, words]) => [`${kind}${done}`, words]))),
  Ended: m.event_ended, Ending: m.event_ending, Rejected: m.event_rejected, Waiting: m.event_waiting, Updating: m.event_updating, RollingBack: m.event_rolling_back,
}
