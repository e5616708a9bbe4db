import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../harness/containers.ts'
import { website } from '../harness/manifests.ts'
import { PodNet, seenOnLink } from '../harness/pod-net.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// Servers that share no link are one pod network all the same; on the internet an encrypted one.
const PORT = 30110
const MARKER = 'this-is-what-nobody-may-read'

async function teamUp(options: Parameters<typeof Team.up>[1] = {}): Promise<{ team: Team; net: PodNet }> {
  const team = await Team.up(3, { routed: true, ...options })
  await team.apply(website({ name: 'site', image: 'nginx:1.22', nodePort: PORT }))
  await team.rolloutDone('site')
  for (const host of team.hosts) console.log(host.name, host.address, (await team.containers(host).of('site')).map((c) => `${c.role} ${c.id.slice(0, 12)}`).join(' '))
  return { team, net: new PodNet(team) }
}

async function servesEverywhere(team: Team, net: PodNet): Promise<void> {
  for (const host of team.hosts) {
    for (let i = 0; i < 6; i++) expect((await host.exec(['curl', '-sS', '-m', '5', `http://${host.address}:${String(PORT)}/`])).stdout).toContain('nginx')
  }
  for (const pod of await net.pods()) expect(await net.run(pod, 'for i in 1 2 3 4 5 6; do curl -sS -m 5 http://site.default.svc.cluster.local/ || echo failed; done')).not.toContain('failed')
}

async function started(team: Team): Promise<string[]> {
  return (await Promise.all(team.hosts.map((h) => team.containers(h).of('site')))).flat().map((c) => `${c.id.slice(0, 12)} ${String(c.startedAt)}`).sort()
}

describe('private addresses, a router between the servers', () => {
  let team: Team
  let net: PodNet
  beforeAll(async () => void ({ team, net } = await teamUp()))
  afterAll(() => team?.down())
  const host = (n: number): LabHost => team.lab.host(n)

  test('goes through VXLAN by itself: every pod reaches every pod, seen with its own address, and every Service', async () => {
    await net.all('VXLAN')
    await net.allReach()
    const [a, b] = await net.pods()
    if (a === undefined || b === undefined) throw new Error('no pods')
    expect(await team.kubectl(['logs', b.metadata.name, '--tail=50'])).toContain(a.status?.podIP ?? 'no address')
    await servesEverywhere(team, net)
    await net.heavy(a, b)
    console.log((await net.condition(host(1)))?.message)
  })

  test('a NetworkPolicy judges real pod addresses through the tunnel', async () => {
    const [a, b, c] = await net.pods()
    if (a === undefined || b === undefined || c === undefined) throw new Error('no pods')
    await team.kubectl(['label', 'pod', a.metadata.name, 'guest=yes'])
    await team.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'guests' }, spec: { podSelector: { matchLabels: { app: 'site' } }, ingress: [{ from: [{ podSelector: { matchLabels: { guest: 'yes' } } }] }] } })
    await eventually('only the guest to be let in', async () => (await net.reaches(a, b)) && (await net.reaches(a, c)) && !(await net.reaches(c, b, 1)) && !(await net.reaches(b, c, 1)))
    await team.kubectl(['delete', 'networkpolicy', 'guests'])
    await net.allReach()
  })

  test('takes VXLAN packets from the other servers only', async () => {
    const [, b] = await net.pods()
    await host(2).exec(['nft', 'table inet probe { chain c { type filter hook prerouting priority -200; iifname "toque.vx" ip saddr 10.66.6.6 counter; }; }'])
    const counted = async (): Promise<number> => Number(/counter packets (\d+)/.exec((await host(2).exec(['nft', 'list', 'table', 'inet', 'probe'])).stdout)?.[1])
    const packet = forged('10.66.6.6', b?.status?.podIP ?? '', b?.spec.nodeName === host(2).name)
    const { run } = await import('../lab/run.ts')
    const send = ['socat', '-u', 'STDIN', `UDP4-SENDTO:${host(2).address}:8472`]
    await run(send[0] ?? '', send.slice(1), { input: packet })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await counted()).toBe(0)
    await host(1).exec(send, { input: packet })
    await eventually('a server\'s packet to be taken', async () => (await counted()) === 1)
    await host(2).exec(['nft', 'delete', 'table', 'inet', 'probe'])
  })

  test('a choice that makes no sense changes nothing, and says so', async () => {
    await net.mode('banana')
    const said = await eventually('the sentence', async () => {
      const found = await net.condition(host(1))
      return found?.status === 'False' && found
    })
    console.log(said.message)
    expect(said).toMatchObject({ reason: 'VXLAN', message: expect.stringMatching(/kube-system\/toque-network: "banana".*auto, routes, vxlan, wireguard.*stays "auto"/) as string })
    expect(await team.kubectl(['get', 'events', '-n', 'kube-system'])).toMatch(/BadMode.*banana/)
    await net.allReach()
  })

  test('plain routes where no link is shared: both nodes name the pair', async () => {
    await net.mode('routes')
    for (const [one, other] of [[1, 2], [2, 1]] as const) {
      const said = await eventually('the sentence', async () => {
        const found = await net.condition(host(one))
        return found?.status === 'False' && found.reason === 'Routes' && found
      })
      expect(said.message).toMatch(new RegExp(`${host(Math.min(one, other)).name} .* and ${host(Math.max(one, other)).name} .* share no network link`))
      if (one === 1) console.log(said.message)
    }
  })

  test('switched live through every way, and back: no pod is lost, each converges', async () => {
    const before = await started(team)
    const [a, b] = await net.pods()
    if (a === undefined || b === undefined) throw new Error('no pods')
    for (const [mode, reason] of [['vxlan', 'VXLAN'], ['wireguard', 'WireGuard'], ['vxlan', 'VXLAN'], ['wireguard', 'WireGuard'], ['auto', 'VXLAN']] as const) {
      await net.mode(mode)
      await net.all(reason)
      await net.allReach()
      const clear = await seenOnLink(host(1), MARKER, () => net.run(a, `curl -sS -m 5 'http://${b.status?.podIP ?? ''}/?${MARKER}'`))
      console.log(`${mode}: seen in clear ${String(clear)} times`)
      if (reason === 'WireGuard') expect(clear).toBe(0)
      else expect(clear).toBeGreaterThan(0)
      await net.heavy(a, b)
    }
    await servesEverywhere(team, net)
    expect(await started(team)).toEqual(before)
    const left = await host(1).exec('ip -br link show type tun; pidof wireguard-go', { anyCode: true })
    expect(left.stdout.trim()).toBe('')
  }, 300_000)

  test('a firewall that shuts WireGuard out: the pair and the port are named, nothing goes in clear, and it heals by itself', async () => {
    const [a, b, c] = await net.pods()
    if (a === undefined || b === undefined || c === undefined) throw new Error('no pods')
    await host(3).exec(['nft', 'table inet shut { chain c { type filter hook prerouting priority -200; udp dport 51871 drop; }; chain o { type filter hook output priority -200; udp dport 51871 drop; }; }'])
    await net.mode('wireguard')
    const said = await eventually('the sentence', async () => {
      const found = await net.condition(host(1))
      return found?.status === 'False' && found
    })
    console.log(said.message)
    expect(said.message).toMatch(new RegExp(`${host(1).name} .* and ${host(3).name} .*Open UDP port 51871`))
    expect(said.message).not.toContain(host(2).name)
    for (const n of [1, 2]) await eventually('both pairs to be named on the node itself', async () => (await net.condition(host(3)))?.message?.includes(`between ${host(n).name} (${host(n).address}) and ${host(3).name}`))
    expect(await net.reaches(a, b)).toBe(true)
    expect(await seenOnLink(host(3), MARKER, async () => {
      expect(await net.run(a, `curl -sS -m 2 'http://${c.status?.podIP ?? ''}/?${MARKER}'`).catch(() => 'failed')).toBe('failed')
      expect(await net.run(c, `curl -sS -m 2 'http://${a.status?.podIP ?? ''}/?${MARKER}'`).catch(() => 'failed')).toBe('failed')
    })).toBe(0)
    await host(3).exec(['nft', 'delete', 'table', 'inet', 'shut'])
    await net.all('WireGuard')
    await net.allReach()
  })
})

describe('public addresses', () => {
  let team: Team
  let net: PodNet
  beforeAll(async () => void ({ team, net } = await teamUp({
    // And one of them on a narrower link, as behind a provider's own tunnel.
    net: '203.0.113', prepare: (lab) => lab.host(3).exec('ip link set eth0 mtu 1400'),
  })))
  afterAll(() => team?.down())
  const host = (n: number): LabHost => team.lab.host(n)

  test('are WireGuard by default: all reach all, and nothing goes in clear', async () => {
    await net.all('WireGuard')
    await net.allReach()
    const [a, b] = await net.pods()
    if (a === undefined || b === undefined) throw new Error('no pods')
    expect(await seenOnLink(host(2), MARKER, () => net.run(a, `curl -sS -m 5 'http://${b.status?.podIP ?? ''}/?${MARKER}'`))).toBe(0)
    expect(await team.kubectl(['logs', b.metadata.name, '--tail=20'])).toMatch(new RegExp(`${(a.status?.podIP ?? '').replaceAll('.', '\\.')} .*${MARKER}`))
    await servesEverywhere(team, net)
    await net.heavy(a, b, 1300)
  })

  test('packets are as large as the narrowest link takes, in both directions', async () => {
    const [a, , c] = await net.pods()
    if (a === undefined || c === undefined) throw new Error('no pods')
    expect(await net.run(c, 'cat /sys/class/net/eth0/mtu')).toBe('1400\n')
    expect((await host(1).exec('ip link show toque.wg')).stdout).toContain('mtu 1340')
    await net.heavy(a, c, 1300)
    await net.heavy(c, a, 1300)
  })

  test('the private key stays on its server, for root alone', async () => {
    const keys = await Promise.all(team.hosts.map(async (h) => (await h.exec('cat $(docker volume inspect -f "{{.Mountpoint}}" $(docker volume ls -q --filter name=toque-helper))/wg.key')).stdout.trim()))
    expect(new Set(keys).size).toBe(3)
    expect((await host(1).exec('stat -c %a $(docker volume inspect -f "{{.Mountpoint}}" $(docker volume ls -q --filter name=toque-helper))/wg.key')).stdout.trim()).toBe('600')
    const told = await team.kubectl(['get', 'nodes', '-o', 'yaml']) + team.toque.log
    for (const key of keys) expect(told).not.toContain(key)
  })

  test('a server that loses its power is back in the network with no engine', async () => {
    await team.toque.end('SIGTERM')
    await host(2).kill()
    await host(2).start()
    console.log('rebooted with no engine:', host(2).name, (await team.containers(host(2)).of('site')).map((c) => c.id.slice(0, 12)).join(' '))
    await eventually('its Service to reach pods of the other servers, and they its', async () => {
      for (const from of [host(2), host(1)]) for (let i = 0; i < 12; i++) await from.exec(['curl', '-sS', '-m', '2', '-o', '/dev/null', `http://${from.address}:${String(PORT)}/`])
      return true
    }, 90_000)
    expect((await host(2).exec('ip route show proto 170')).stdout.match(/dev toque\.wg/g)).toHaveLength(2)
    await team.startEngine()
    await team.nodesReady(3)
    await net.all('WireGuard')
    await net.allReach()
  })

  test('a process that does WireGuard and dies is there again', async () => {
    await host(1).exec('kill -9 $(pidof wireguard-go)')
    await net.allReach()
    expect((await host(1).exec('pidof wireguard-go')).stdout.trim()).not.toBe('')
  })

  test('a server that is removed keeps nothing of it', async () => {
    await team.kubectl(['delete', 'server', host(3).name, '--timeout=60s'])
    const left = await host(3).exec('docker ps -aq; docker volume ls -q; ip -br link | grep toque; ip route show proto 170; nft list tables | grep -w toque; pidof wireguard-go', { anyCode: true })
    expect(left.stdout.trim()).toBe('')
  })
})

/** A VXLAN packet as nobody but a server of the cluster may send one: an empty UDP datagram between two addresses. */
function forged(from: string, to: string, there: boolean): Buffer {
  if (!there) throw new Error('the pod is not where it should be')
  const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number))
  const net = to.split('.').map(Number).slice(0, 3)
  const header = Buffer.concat([Buffer.from([0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0]), ip(from), ip(to)])
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += header.readUInt16BE(i)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  header.writeUInt16BE(~sum & 0xffff, 10)
  return Buffer.concat([
    Buffer.from([8, 0, 0, 0, 0x74, 0x6f, 0x71, 0]), Buffer.from([0x0a, 0x58, ...net, 0]), Buffer.from([0x0a, 0x58, 1, 1, 1, 1, 8, 0]),
    header, Buffer.from([0x30, 0x39, 0x30, 0x39, 0, 8, 0, 0]),
  ])
}
