import { VXLAN_PORT } from '../../common/kube/pod-network.ts'
import { VNI, WIREGUARD_DEVICE } from './path-text.ts'
import type { Peer } from './pod-paths.ts'

// As Docker's raw table; and the last before a packet leaves, when its way is known.
const RAW = -300
const LAST = 200
// VXLAN's network number, behind UDP's 8 bytes, 1 of flags and 3 of nothing.
const VNI_AT = '@th,96,24'

/**
 * What guards the ways to other nodes' pods, as chains for a node's table. VXLAN's packets are taken from other nodes only (it has no other protection). What is for or from pods that are
 * reached by WireGuard goes through it or not at all, whatever the routes say at the moment: while a peer has no key, while the device is not there. Pure.
 */
export function tunnelChains(peers: readonly Peer[]): string[] {
  const ends = peers.filter(({ path }) => path === 'vxlan').map(({ address }) => address)
  const sealed = peers.filter(({ path }) => path === 'wireguard').map(({ podCidr }) => podCidr)
  const chain = (name: string, hook: string, priority: number, rule: string): string => `  chain ${name} {\n    type filter hook ${hook} priority ${String(priority)}; policy accept;\n    ${rule}\n  }`
  return [
    ...(ends.length === 0 ? [] : [chain('tunnel-ends', 'prerouting', RAW, `udp dport ${String(VXLAN_PORT)} ${VNI_AT} ${String(VNI)} ip saddr != { ${ends.join(', ')} } drop`)]),
    ...(sealed.length === 0 ? [] : [
      chain('sealed-in', 'prerouting', RAW, `iifname != "${WIREGUARD_DEVICE}" ip saddr { ${sealed.join(', ')} } drop`),
      chain('sealed-out', 'postrouting', LAST, `oifname != "${WIREGUARD_DEVICE}" ip daddr { ${sealed.join(', ')} } drop`),
    ]),
  ]
}
