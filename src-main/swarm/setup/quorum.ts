import type { Explanation, QuorumHealth } from '../../common/contract/index.ts'

/** Raft slows down with each manager more, and five already bear the loss of two. */
const MANY = 7

/** Managers that must be up for anything to be changed: more than half. Pure. */
export function quorumOf(managers: number): number {
  return Math.floor(managers / 2) + 1
}

/** How a swarm with so many managers is, of which `reachable` answer. Pure. */
export function quorumHealth(managers: number, reachable: number): QuorumHealth {
  const needed = quorumOf(managers)
  const mayLose = Math.max(0, reachable - needed)
  const advice = adviceOn(managers, reachable, needed)
  return { managers, reachable, needed, mayLose, state: reachable < needed ? 'lost' : mayLose > 0 ? 'healthy' : 'fragile', ...(advice === undefined ? {} : { advice }) }
}

/** Whether the swarm could still be changed if one manager were none any more: it leaves the count, and what answers if it answered. Pure. */
export function survivesRemoval(managers: number, reachable: number, isReachable: boolean): boolean {
  const left = managers - 1
  return left > 0 && reachable - (isReachable ? 1 : 0) >= quorumOf(left)
}

function adviceOn(managers: number, reachable: number, needed: number): Explanation | undefined {
  const say = (reason: string, message: string): Explanation => ({ reason, message })
  if (reachable < needed) {
    return say('QuorumLost', `Of ${count(managers)} only ${String(reachable)} can be reached; ${String(needed)} are needed. What runs goes on, but nothing can be changed, and nothing is started again. Bring a manager back, or recover with the one that is left.`)
  }
  if (managers === 1) return say('OneManager', 'The swarm has one manager. If that server is lost, nothing can be changed or started again until it is back. With three managers one may be lost.')
  if (managers === 2) return say('TwoManagers', 'Two managers are worse than one: the loss of either stops the swarm from being changed. Make a third one, or go back to one.')
  if (reachable === needed && reachable < managers) return say('AtTheLimit', `${String(managers - reachable)} of ${count(managers)} cannot be reached, and no more may be lost. Bring it back, or remove it and make another one.`)
  if (managers % 2 === 0) return say('EvenManagers', `${count(managers)} bear no more losses than ${String(managers - 1)} do (${String(managers - needed)}), and there is one more to lose. Make it an odd number.`)
  if (managers > MANY) return say('ManyManagers', `${count(managers)} must agree on each change. Five or seven are enough; the others do as much work as workers.`)
  return undefined
}

function count(managers: number): string {
  return `${String(managers)} manager${managers === 1 ? '' : 's'}`
}
