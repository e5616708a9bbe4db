import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgePackets, planPackets } from './packets.ts'
import type { Arrivals, LinkEnd, Packet } from './packets.ts'
import { readArrived, readLook, readSent } from './probe-scripts.ts'

const end = (name: string): LinkEnd => ({ name, address: `10.0.0.${name}`, manager: true })
const packets = planPackets([end('1'), end('2')], 4789, [1500], 61_000)

/** What arrives where the way lets `lets` through; a packet too large for its own interface does not leave. */
function arrivals(lets: (packet: Packet) => boolean): (server: string) => Arrivals {
  return (server) => ({ sent: new Set(packets.filter(({ from }) => from === server).map(({ source }) => source)), arrived: new Set(packets.filter((p) => p.to === server && lets(p)).map(({ source, port }) => `${String(source)}>${String(port)}`)) })
}

describe('packets between servers', () => {
  test('each is told from all others by its source port', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 7 }), fc.array(fc.integer({ min: 1000, max: 9000 }), { maxLength: 4 }), (n, mtus) => {
      const made = planPackets(Array.from({ length: n }, (_, i) => end(String(i))), 4789, mtus, 61_000)
      expect(new Set(made.map(({ source }) => source)).size).toBe(made.length)
      expect(made.every(({ source }) => source <= 65_535)).toBe(true)
    }))
  })

  test('all arrive: both ports are open, and whole packets get through', () => {
    const { links, unknown } = judgePackets(packets, arrivals(() => true))
    expect(unknown).toEqual([])
    expect(links).toHaveLength(4)
    expect(links).toContainEqual({ from: '1', to: '2', protocol: 'udp', port: 4789, state: 'open', largest: { arrived: 1500, tried: 1500 } })
    expect(links).toContainEqual({ from: '2', to: '1', protocol: 'udp', port: 7946, state: 'open' })
  })

  test('one port shut on one server: closed for who comes to it, open the other way', () => {
    const { links } = judgePackets(packets, arrivals(({ from, to, port }) => !(from === '1' && to === '2' && port === 7946)))
    expect(links.filter(({ state }) => state === 'closed')).toEqual([{ from: '1', to: '2', protocol: 'udp', port: 7946, state: 'closed' }])
  })

  test('a narrow way: the largest that arrived', () => {
    const { links } = judgePackets(packets, arrivals(({ from, to, size }) => from === to || size <= 1450))
    expect(links.find(({ port }) => port === 4789)?.largest).toEqual({ arrived: 1450, tried: 1500 })
  })

  test('a server that sees nothing, not even its own, judges nobody', () => {
    const { links, unknown } = judgePackets(packets, (server) => (server === '2' ? { ...arrivals(() => true)('2'), arrived: new Set() } : arrivals(() => true)(server)))
    expect(links.map(({ to }) => to)).toEqual(['1', '1'])
    expect(unknown).toEqual([{ from: '1', to: '2', why: '2 does not see what arrives there.' }])
  })

  test('a server that cannot send judges nobody', () => {
    const { links, unknown } = judgePackets(packets, (server) => ({ ...arrivals(() => true)(server), sent: server === '1' ? undefined : arrivals(() => true)(server).sent }))
    expect(links.map(({ from }) => from)).toEqual(['2', '2'])
    expect(unknown[0]?.why).toBe('No packets could be sent from 1.')
  })
})

test('what the tools print is read', () => {
  expect(readSent('sent 61000\n2026/01/01 socat[3] E sendto: Message too long\nsent 61002\n')).toEqual(new Set([61_000, 61_002]))
  expect(readArrived('udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=61000 dport=4789 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=4789 dport=61000 mark=0 use=1\nnonsense\n')).toEqual(new Set(['61000>4789']))
  expect(readLook('ipvs loadable\n1: lo    inet 127.0.0.1/8 scope host lo\n2: eth0    inet 10.1.2.3/24 brd 10.1.2.255 scope global eth0\n5: docker_gwbridge    inet 172.18.0.1/16 scope global\n')).toEqual({ ipvs: 'loadable', networks: ['10.1.2.3/24'] })
  expect(readLook('sh: ip: not found')).toEqual({ networks: [] })
})
