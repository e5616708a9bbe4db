import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { networkRef, nodeRef } from '../refs.ts'

/** Overlay networks that send larger packets than the way between two servers takes: small answers come, large ones hang. */
export const checkMtu: Check = ({ links, networks, servers, nodes }) => {
  const measured = links.flatMap((link) => (link.state === 'open' && link.largest !== undefined && link.largest.arrived > 0 ? [{ ...link, ...link.largest }] : []))
  const narrow = Math.min(...measured.map(({ arrived }) => arrived))
  const wide = networks.filter(({ mtu }) => mtu > narrow)
  if (measured.length === 0 || wide.length === 0) return []
  const between = measured.filter(({ arrived }) => arrived < Math.max(...wide.map(({ mtu }) => mtu)))
  const names = [...new Set(between.flatMap(({ from, to }) => [from, to]))]
  return [finding(
    'error', 'MtuTooLarge', `The way between ${listed(names)} takes packets of at most ${String(narrow)} bytes, but ${listed(wide.map(({ name }) => name))} ${wide.length === 1 ? 'sends' : 'send'} up to ${String(Math.max(...wide.map(({ mtu }) => mtu)))}. Small answers arrive, large ones hang.`,
    [...wide.map(({ name }) => networkRef(name)), ...names.map((name) => nodeRef(servers.find((s) => s.name === name)?.node ?? name, nodes))],
    `Make the networks anew with a smaller MTU: driver_opts: com.docker.network.driver.mtu: "${String(narrow)}" in the Compose file (docker network create --opt com.docker.network.driver.mtu=${String(narrow)}).`)]
}
