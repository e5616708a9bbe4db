import type { Finding } from '../../../common/contract/index.ts'
import { groupBy } from '../../../common/group-by.ts'
import type { LinkFacts } from '../facts.ts'
import type { Check } from '../finding.ts'
import { finding, listed } from '../finding.ts'
import { nodeRef } from '../refs.ts'

/** What a port of Swarm is for, and what does not work without it. */
function purpose(protocol: string, port: number): string {
  if (port === 2377) return 'Nodes speak with the managers through it: without it they are down to the managers, and none can join.'
  if (port === 7946) return protocol === 'tcp' ? 'Nodes tell each other through it where containers are: without it names and addresses on overlay networks get lost.' : 'Nodes watch each other through it: without it overlay networks forget containers of other nodes.'
  return 'The packets of overlay networks go through it: without it containers on different nodes do not reach each other, while all says Running.'
}

/** Ports that Swarm needs between its nodes, each really tried. One finding for each server and port that others do not get through to. */
export const checkPorts: Check = ({ links, servers, nodes }) => {
  const shut = links.filter(({ state }) => state !== 'open')
  return [...groupBy(shut, ({ to, protocol, port }) => `${to} ${protocol} ${String(port)}`).values()].map((group): Finding => {
    const [{ to, protocol, port }] = group as [LinkFacts]
    const from = group.map((link) => link.from)
    const refs = [to, ...from].map((name) => nodeRef(servers.find((server) => server.name === name)?.node ?? name, nodes))
    const refused = group.every(({ state }) => state === 'refused')
    const what = refused ? `Nothing listens on ${protocol.toUpperCase()} port ${String(port)} of ${to}, as ${listed(from)} ${from.length === 1 ? 'finds' : 'find'}.`
      : `${listed(from)} ${from.length === 1 ? 'does' : 'do'} not get through to ${protocol.toUpperCase()} port ${String(port)} of ${to}: something on the way drops it.`
    return finding('error', `PortClosed${protocol.toUpperCase()}${String(port)}`, `${what} ${purpose(protocol, port)}`, refs,
      refused ? `See whether Docker on ${to} is really in the swarm (docker info there), and whether its address in the swarm is the right one.`
        : `Let ${protocol.toUpperCase()} ${String(port)} through to ${to} from the other servers: in its firewall (with ufw: sudo ufw allow from ADDRESS proto ${protocol} to any port ${String(port)}) and in the provider's security group.`)
  })
}
