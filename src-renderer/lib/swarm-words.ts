import type { SwarmAvailability, SwarmChange, SwarmNode, SwarmServer } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'
import type { RowAction } from './swarm-rows.ts'

/** Where a server stands. */
export function serverStateWords(state: SwarmServer['state']): string {
  const words: Record<SwarmServer['state'], () => string> = {
    outside: m.swarm_state_outside, joining: m.swarm_state_joining, member: m.swarm_state_member, other: m.swarm_state_other, locked: m.swarm_state_locked, failed: m.swarm_state_failed, unreachable: m.swarm_state_unreachable,
  }
  return words[state]()
}

export function nodeStateWords(state: SwarmNode['state']): string {
  const words: Record<SwarmNode['state'], () => string> = { ready: m.swarm_node_ready, down: m.swarm_node_down, disconnected: m.swarm_node_disconnected, unknown: m.swarm_node_unknown }
  return words[state]()
}

export function roleWords({ role, leader }: Pick<SwarmNode, 'role' | 'leader'>): string {
  return leader ? m.swarm_leader() : role === 'manager' ? m.swarm_manager() : m.swarm_worker()
}

export function availabilityWords(availability: SwarmAvailability): string {
  const words: Record<SwarmAvailability, () => string> = { active: m.swarm_active, pause: m.swarm_pause, drain: m.swarm_drain }
  return words[availability]()
}

/** What a button or an item of a menu says. */
export function actionWords(action: RowAction): string {
  const words: Record<RowAction, () => string> = {
    begin: m.swarm_begin_here, join: m.swarm_join, joinLeaving: m.swarm_join_leaving, unlock: m.swarm_unlock, recover: m.swarm_recover, promote: m.swarm_promote, demote: m.swarm_demote, activate: m.swarm_activate,
    pause: m.swarm_pause_do, drain: m.swarm_drain_do, labels: m.swarm_labels_do, leave: m.swarm_leave, leaveOther: m.swarm_leave_other, end: m.swarm_end, remove: m.swarm_remove, reconnect: m.swarm_reconnect,
  }
  return words[action]()
}

/** What takes something away. */
export const HARMFUL: ReadonlySet<RowAction> = new Set(['leave', 'leaveOther', 'end', 'remove'])

/** A change's dialog: its heading, its button, and what is told when it is done. */
export interface ChangeWords {
  title: string
  confirm: string
  done: string
}

/** `name`: of the server or node that it is about. Pure. */
export function changeWords(change: SwarmChange, name: string): ChangeWords {
  const say = (title: string, confirm: string, done: string): ChangeWords => ({ title, confirm, done })
  switch (change.type) {
    case 'init': return say(m.swarm_title_init({ name }), m.swarm_do_init(), m.swarm_done_init({ name }))
    case 'join': return say(name === '' ? m.swarm_title_join_many() : m.swarm_title_join({ name }), m.swarm_do_join(), m.swarm_done_join({ name }))
    case 'promote': return say(m.swarm_title_promote({ name }), m.swarm_do_promote(), m.swarm_done_promote({ name }))
    case 'demote': return say(m.swarm_title_demote({ name }), m.swarm_do_demote(), m.swarm_done_demote({ name }))
    case 'leave': return change.endSwarm === true ? say(m.swarm_title_end(), m.swarm_do_end(), m.swarm_done_end()) : say(m.swarm_title_leave({ name }), m.swarm_do_leave(), m.swarm_done_leave({ name }))
    case 'remove': return say(m.swarm_title_remove({ name }), m.remove(), m.swarm_done_remove({ name }))
    case 'availability': return availabilityChange(change.availability, name)
    case 'labels': return say(m.swarm_title_labels({ name }), m.swarm_do_change(), m.swarm_done_labels({ name }))
    case 'rotateToken': return say(change.role === 'worker' ? m.swarm_title_token_worker() : m.swarm_title_token_manager(), m.swarm_do_rotate(), m.swarm_done_token())
    case 'rotateCa': return say(m.swarm_title_ca(), m.swarm_do_rotate(), m.swarm_done_ca())
    case 'autolock': return change.on ? say(m.swarm_title_lock(), m.swarm_do_lock(), m.swarm_done_lock()) : say(m.swarm_title_unlocked(), m.swarm_do_unlocked(), m.swarm_done_unlocked())
    case 'rotateUnlockKey': return say(m.swarm_title_new_key(), m.swarm_do_rotate(), m.swarm_done_new_key())
    case 'unlock': return say(m.swarm_title_unlock({ name }), m.swarm_do_unlock(), m.swarm_done_unlock({ name }))
    case 'forceNewCluster': return say(m.swarm_title_recover({ name }), m.swarm_do_recover(), m.swarm_done_recover({ name }))
  }
}

function availabilityChange(availability: SwarmAvailability, name: string): ChangeWords {
  const title = { active: m.swarm_title_active, pause: m.swarm_title_pause, drain: m.swarm_title_drain }[availability]({ name })
  const confirm = { active: m.swarm_do_change, pause: m.swarm_do_change, drain: m.swarm_do_drain }[availability]()
  return { title, confirm, done: { active: m.swarm_done_active, pause: m.swarm_done_pause, drain: m.swarm_done_drain }[availability]({ name }) }
}

/** What a change is about, by the name that people know: of a server its own, of a node its server's or Docker's; '' where it is about the whole swarm. */
export function changeName(change: SwarmChange, nodes: readonly SwarmNode[]): string {
  if ('server' in change) return change.type === 'join' && (change.more ?? []).length > 0 ? [change.server, ...(change.more ?? [])].join(', ') : change.server
  if (!('node' in change)) return ''
  const node = nodes.find(({ id }) => id === change.node)
  return node?.server ?? node?.hostname ?? change.node
}

/** Consequences that are no news but a warning. */
const WARNINGS = new Set(['TwoManagers', 'EvenManagers', 'AtTheLimit', 'QuorumLost', 'NowhereToRun', 'NoOtherFits', 'LeavesOther', 'LeavesUnseen', 'NodesAway', 'KeysOnDisk', 'KeyNeeded', 'Lost', 'NeverReturn', 'RemovedForGood', 'SwarmEnds', 'StrangersStay'])

/** Is it a warning? */
export function isWarning(reason: string): boolean {
  return WARNINGS.has(reason)
}
