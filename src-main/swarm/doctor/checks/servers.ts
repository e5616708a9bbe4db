import type { Finding } from '../../../common/contract/index.ts'
import type { Check } from '../finding.ts'
import { finding } from '../finding.ts'
import { serverRef } from '../refs.ts'

/** Servers that should be in the swarm and are not, or that wait for something, and why nobody can be asked. */
export const checkServers: Check = ({ state }) => {
  const findings = state.servers.flatMap(({ name, state: how, why }): Finding[] => {
    switch (how) {
      case 'locked': return [finding('error', 'Locked', `${name} was restarted and waits for the unlock key. Until then it takes no part in the swarm.`, [serverRef(name)], 'Unlock it with the key that was written down when the swarm was locked.', { type: 'membership', change: { type: 'unlock', server: name } })]
      case 'failed': return [finding('error', 'NotInItsPlace', `${name} cannot take its place in the swarm${why === undefined ? '' : `: ${why.message}`}.`, [serverRef(name)], 'If it does not come back by itself, let it leave and join again.', { type: 'membership', change: { type: 'leave', server: name } })]
      case 'joining': return [finding('warning', 'StillJoining', `${name} tries to get into the swarm${why === undefined ? '' : `: ${why.message}`}.`, [serverRef(name)], 'If that goes on, the way to the managers\' port 2377 is closed, or they are down.')]
      case 'other': return [finding('warning', 'OtherSwarm', `${name} is in another swarm, or has an old state of this one: the managers do not know it.`, [serverRef(name)], 'Let it leave that one and join this.', { type: 'membership', change: { type: 'join', server: name, role: 'worker', leaveFirst: true } })]
      default: return []
    }
  })
  const { why } = state
  // The quorum has a finding of its own, a lock its servers'.
  if (why === undefined || why.reason === 'QuorumLost' || why.reason === 'Locked') return findings
  return [...findings, finding('error', 'NobodyToAsk', why.message, state.servers.map(({ name }) => serverRef(name)), 'Add a server that is a manager, or bring its Docker back.')]
}
