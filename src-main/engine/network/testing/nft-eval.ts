import { ipToNumber } from '../../../common/ipv4.ts'

/** The first packet of a connection. */
export interface Packet {
  saddr: string
  daddr: string
  protocol: string
  dport: number
}

/**
 * Reads the nft text that policies compile to, and says whether a first packet passes the given hooks. It knows only the forms
 * that `compilePolicies` writes, and throws at any other: that the kernel reads the same in them is the integration test's part.
 */
export function passes(text: string, packet: Packet, hooks: readonly string[], family = 'ip'): boolean {
  const table = new RegExp(`^table ${family} toque_policy \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(text)?.[1]
  if (table === undefined) return true
  const chains = new Map<string, string[]>()
  const collections = new Map<string, string[]>()
  for (const [, kind, name = '', inside = ''] of table.matchAll(/^ {2}(chain|set|map) (\S+) \{(?: #.*)?\n([\s\S]*?)^ {2}\}/gm)) {
    if (kind === 'chain') chains.set(name, inside.split('\n').map((l) => l.trim()).filter((l) => l !== ''))
    else collections.set(name, (/elements = \{([^}]*)\}/.exec(inside)?.[1] ?? '').split(',').map((e) => e.trim()).filter((e) => e !== ''))
  }
  const elements = (name: string): string[] => {
    const found = collections.get(name)
    if (found === undefined) throw new Error(`no set ${name}`)
    return found
  }
  const run = (name: string): 'accept' | 'drop' | 'continue' => {
    const rules = chains.get(name)
    if (rules === undefined) throw new Error(`no chain ${name}`)
    for (const rule of rules) {
      const verdict = step(rule)
      if (verdict !== 'continue') return verdict
    }
    return 'continue'
  }
  const step = (rule: string): 'accept' | 'drop' | 'continue' => {
    let rest = rule
    const take = (pattern: RegExp): RegExpExecArray | null => {
      const m = pattern.exec(rest)
      if (m !== null) rest = rest.slice(m[0].length).trim()
      return m
    }
    const address = (field: string | undefined): string => (field === 'saddr' ? packet.saddr : packet.daddr)
    for (;;) {
      let m: RegExpExecArray | null
      if (take(/^type filter hook .*$/) !== null || take(/^ct .*$/) !== null) return 'continue' // a first packet is no reply
      if (rest === 'accept' || rest === 'drop') return rest
      if ((m = take(/^(?:jump|goto) (\S+)/)) !== null) return run(m[1] ?? '')
      if ((m = take(/^ip (saddr|daddr) vmap @(\S+)/)) !== null) {
        const ip = address(m[1])
        const to = elements(m[2] ?? '').find((e) => e.startsWith(`${ip} : `))
        return to === undefined ? 'continue' : run(to.replace(/^.*goto /, ''))
      }
      let fits: boolean
      if (take(/^ip saddr \. ip daddr @selves/) !== null) fits = elements('selves').includes(`${packet.saddr} . ${packet.daddr}`)
      else if ((m = take(/^ip daddr \. meta l4proto \. th dport @(\S+)/)) !== null) fits = elements(m[1] ?? '').includes(`${packet.daddr} . ${packet.protocol} . ${String(packet.dport)}`)
      else if ((m = take(/^ip (saddr|daddr) (!= )?@(\S+)/)) !== null) fits = within(elements(m[3] ?? ''), address(m[1])) !== (m[2] !== undefined)
      else if ((m = take(/^ip (saddr|daddr) (\S+)/)) !== null) fits = inCidr(m[2] ?? '', address(m[1]))
      else if ((m = take(/^meta l4proto (?:\{ ([^}]*) \}|(\w+))/)) !== null) fits = (m[1] ?? m[2] ?? '').split(', ').includes(packet.protocol)
      else if ((m = take(/^th dport (\d+)/)) !== null) fits = packet.dport === Number(m[1])
      else if ((m = take(/^(tcp|udp|sctp) dport \{ ([^}]*) \}/)) !== null) fits = packet.protocol === m[1] && between((m[2] ?? '').split(', '), packet.dport, Number)
      else throw new Error(`cannot read: ${rule}`)
      if (!fits) return 'continue'
    }
  }
  return hooks.every((name) => run(name) !== 'drop')
}

function within(list: readonly string[], ip: string): boolean {
  return between(list, ipToNumber(ip) ?? 0, (text) => ipToNumber(text) ?? 0)
}

function between(list: readonly string[], value: number, read: (text: string) => number): boolean {
  return list.some((text) => {
    const [first = '', last = first] = text.split('-')
    return read(first) <= value && value <= read(last)
  })
}

function inCidr(text: string, ip: string): boolean {
  const [base = '', bits = '32'] = text.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor((ipToNumber(base) ?? 0) / size) === Math.floor((ipToNumber(ip) ?? 0) / size)
}
