import type { Check } from '../finding.ts'
import { finding } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** From here on logs and event times mislead. */
const WARN_MS = 30_000
/** Swarm's certificates count from one hour before they are made: a node whose clock is further behind can neither join nor renew. */
const ERROR_MS = 50 * 60_000

/** Clocks that differ between servers; what the question itself took is no difference. */
export const checkClocks: Check = ({ servers, nodes }) => {
  const known = servers.flatMap(({ name, node, clock }) => (clock === undefined ? [] : [{ name, node, ...clock }]))
  // Most likely right: the one in the middle.
  const middle = [...known].sort((a, b) => a.offset - b.offset)[Math.floor((known.length - 1) / 2)]
  if (middle === undefined) return []
  return known.flatMap(({ name, node, offset, uncertain }) => {
    const difference = offset - middle.offset
    const sure = Math.abs(difference) - uncertain - middle.uncertain
    if (sure < WARN_MS) return []
    const seconds = Math.round(Math.abs(difference) / 1000)
    return [finding(
      sure >= ERROR_MS ? 'error' : 'warning', 'ClockSkew',
      `The clock of ${name} is ${String(seconds)} s ${difference > 0 ? 'ahead of' : 'behind'} that of ${middle.name}. ${sure >= ERROR_MS ? 'Certificates between them do not count: it cannot join or renew its own.' : 'Times in logs and events mislead; from an hour on its certificates do not count.'}`,
      [nodeRef(node, nodes)], 'Set the clock right and keep it so: sudo timedatectl set-ntp true (or install chrony).')]
  })
}
