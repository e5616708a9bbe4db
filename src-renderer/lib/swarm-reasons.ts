import { m } from '../paraglide/messages.js'
import { reasonWords } from './words.ts'

const REASONS: Record<string, () => string> = {
  OneManager: m.reason_one_manager, EvenManagers: m.reason_even_managers, ManyManagers: m.reason_many_managers, AtTheLimit: m.reason_at_the_limit, QuorumLost: m.reason_quorum_lost, TasksMove: m.reason_tasks_move,
  NowhereToRun: m.reason_nowhere, NoOtherFits: m.reason_no_other_fits, LeavesOther: m.reason_leaves_other, LeavesUnseen: m.reason_leaves_unseen, MembersStay: m.reason_members_stay, TokensChange: m.reason_tokens_change, NodesAway: m.reason_nodes_away, KeysOnDisk: m.reason_keys_on_disk,
  KeyNeeded: m.reason_key_needed, OldKey: m.reason_old_key, Stays: m.reason_stays, Lost: m.reason_lost, NeverReturn: m.reason_never_return, ThreeAgain: m.reason_three_again, RemovedForGood: m.reason_removed_for_good,
  NothingReturns: m.reason_nothing_returns, Constraints: m.reason_constraints, SwarmEnds: m.reason_swarm_ends, StrangersStay: m.reason_strangers,
  NoIpvs: m.reason_no_ipvs, PortClosed: m.reason_port_closed, MtuTooLarge: m.reason_mtu,
  PoolClash: m.reason_pool_clash, NoAddressLeft: m.reason_no_address_left, NotAllocated: m.reason_not_allocated, NoNode: m.reason_no_node, ConstraintUnmet: m.reason_constraint_unmet, NotEnoughResources: m.reason_resources,
  NodesClosed: m.reason_nodes_closed, OtherPlatform: m.reason_other_platform, ImageOtherPlatform: m.reason_other_platform, MaxReplicas: m.reason_max_replicas, PluginMissing: m.reason_plugin_missing, PortTaken: m.reason_port_in_use,
  ImageNotAvailable: m.reason_image_not_available, PreparingLong: m.reason_preparing_long, StartingLong: m.reason_starting_long, VolumeNotPinned: m.reason_volume_not_pinned, ManagersInOnePlace: m.reason_managers_in_one_place,
  NodeDown: m.reason_node_down, NodeAway: m.reason_node_away, VersionsDiffer: m.reason_versions_differ, LogsGrow: m.reason_logs_grow, Locked: m.reason_locked, NotInItsPlace: m.reason_not_in_its_place, OtherSwarm: m.reason_other_swarm,
  StillJoining: m.reason_still_joining, NobodyToAsk: m.reason_nobody_to_ask,
  ClockSkew: m.reason_clock_skew, NetworkClash: m.reason_pool_clash,
}

/** What a change of the swarm means, or what the doctor found, in a few words; as elsewhere where the swarm has no words of its own for it. */
export function swarmReasonWords(reason: string): string {
  // Which port it is, the sentence says.
  return REASONS[reason.replace(/^(PortClosed)(?:TCP|UDP)\d+$/, '$1')]?.() ?? reasonWords(reason)
}
