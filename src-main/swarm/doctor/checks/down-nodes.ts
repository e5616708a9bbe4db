import { count } from '../../../common/counted.ts'
import type { Check } from '../finding.ts'
import { finding } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** Nodes that are down, and what Swarm still counts on them. */
export const checkDownNodes: Check = ({ state, nodes }) => state.nodes.filter(({ state: how }) => how !== 'ready').map((node) => {
  const { id, hostname, message, tasks, role, state: how } = node
  const counted = tasks === 0 ? '' : ` Swarm still counts ${count(tasks, 'running task')} on it, of which nothing is known.`
  return finding('error', 'NodeDown', `The swarm's ${role} ${hostname} is ${how}${message === '' ? '' : ` (${message})`}.${counted}`, [nodeRef(id, nodes)],
    'Start the server and its Docker again. If it is lost for good, remove its node.', how === 'down' ? { type: 'membership', change: { type: 'remove', node: id } } : undefined)
})
