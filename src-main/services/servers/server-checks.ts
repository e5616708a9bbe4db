import type { AddServerRequest, Explanation } from '../../common/contract/index.ts'
import { clash } from '../../common/ipv4.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { ServerFacts } from '../../hosts/ssh/server-facts.ts'
import { nodeNameOf } from './node-name.ts'

/** Certificates, leases and event times stop making sense beyond this. */
const CLOCK_SKEW_MS = 60_000
/** A "no" with its reason, and the part of the form to look at. */
export class CannotAdd extends Error {
  readonly why: Explanation
  readonly field: keyof AddServerRequest | undefined

  constructor(reason: string, message: string, field?: keyof AddServerRequest) {
    super(message)
    this.why = { reason, message }
    this.field = field
  }
}

/** Whether a server that was logged in to can be a node of this cluster. Throws CannotAdd. Pure. */
export function checkFacts(facts: ServerFacts, nodes: readonly Frozen<Node>[], now: number): void {
  const skew = facts.clock - now
  if (Math.abs(skew) > CLOCK_SKEW_MS) {
    throw new CannotAdd('ClockSkew', `The clock of the server is ${String(Math.round(Math.abs(skew) / 1000))} s ${skew > 0 ? 'ahead of' : 'behind'} this desk's. Set it right (timedatectl set-ntp true), then try again.`, 'host')
  }
  for (const { metadata: { name }, spec: { podCIDR = '' } } of nodes) {
    const met = clash(podCIDR, facts.networks)
    if (met !== undefined) throw new CannotAdd('NetworkClash', `The server's own network ${met} has the same addresses as the pods on ${name} (${podCIDR}), so it could not reach them. Give the server another network; or remove ${name} from the cluster, add this server first, then ${name} again.`, 'host')
  }
}

/** The name of its node: the wanted one, or the server's own, made unique. Throws CannotAdd. Pure. */
export function nameFor(wanted: string | undefined, hostname: string, taken: ReadonlySet<string>): string {
  const plain = nodeNameOf(wanted === undefined || wanted === '' ? hostname : wanted, 'server')
  if (wanted !== undefined && wanted !== '') {
    if (plain !== wanted) throw new CannotAdd('InvalidName', `"${wanted}" is no name for a node: lower case letters, digits, "-" and "." only; for instance ${plain}.`, 'name')
    if (taken.has(wanted)) throw new CannotAdd('NameTaken', `There is a server ${wanted} already. Choose another name.`, 'name')
    return wanted
  }
  for (let i = 1; ; i++) {
    const name = i === 1 ? plain : `${plain}-${String(i)}`
    if (!taken.has(name)) return name
  }
}
