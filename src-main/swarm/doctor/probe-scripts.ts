/** What a server's kernel and interfaces are; read by `readLook`. */
export const LOOK = `
if [ -e /proc/net/ip_vs ]; then echo ipvs loaded
elif grep -qs '/ip_vs\\.ko' /host/lib/modules/$(cat /proc/sys/kernel/osrelease)/modules.dep /host/lib/modules/$(cat /proc/sys/kernel/osrelease)/modules.builtin; then echo ipvs loadable
else echo ipvs none; fi
ip -o -4 addr show`

/**
 * Sends UDP packets of given sizes (bytes with IP and UDP headers), never cut in pieces, twice each. Arguments, four a packet: address, port, source port, size.
 * Prints \`sent PORT\` for each that left.
 */
export const SEND = `
while [ $# -ge 4 ]; do
  for try in 1 2; do dd if=/dev/zero bs=$(($4 - 28)) count=1 2>/dev/null | socat -u -b 65535 - UDP4-SENDTO:$1:$2,sourceport=$3,ip-mtu-discover=2 2>&1; done | grep -q . || echo sent $3
  shift 4
done`

/** The kernel's table of UDP connections: a packet is in it once it has passed the firewall, whether anybody listens or not. */
export const ARRIVED = 'conntrack -L -p udp 2>/dev/null'

const OURS = /^(lo|docker|br-|toque|veth|virbr|cni|flannel|ov-|vx-)/

/** Reads what `LOOK` printed. Pure. */
export function readLook(output: string): { ipvs?: 'loaded' | 'loadable' | 'none'; networks: string[] } {
  const [, ipvs] = /^ipvs (loaded|loadable|none)$/m.exec(output) ?? []
  const networks = output.split('\n').flatMap((line) => {
    const [, name = '', cidr = ''] = /^\d+:\s+(\S+)\s+inet\s+(\S+)/.exec(line) ?? []
    return name === '' || OURS.test(name) ? [] : [cidr.includes('/') ? cidr : `${cidr}/32`]
  })
  return { ...(ipvs === undefined ? {} : { ipvs: ipvs as 'loaded' | 'loadable' | 'none' }), networks }
}

/** The source ports that `SEND` could send from. Pure. */
export function readSent(output: string): Set<number> {
  return new Set([...output.matchAll(/^sent (\d+)$/gm)].map(([, port]) => Number(port)))
}

/** What `ARRIVED` printed, as \`SOURCE_PORT>PORT\` of who began each connection. Pure. */
export function readArrived(output: string): Set<string> {
  return new Set(output.split('\n').flatMap((line) => {
    const [, from, to] = /\bsport=(\d+) dport=(\d+)/.exec(line) ?? []
    return from === undefined || to === undefined ? [] : [`${from}>${to}`]
  }))
}
