import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../e2e/harness/containers.ts'
import { repository } from '../../../e2e/lab/places.ts'
import { systemClock } from '../../common/clock.ts'
import type { Examination, Finding } from '../../common/contract/index.ts'
import { HELPER_IMAGE } from '../../hosts/helper-image.ts'
import { hasSecret } from '../setup/hidden.ts'
import { SwarmLab } from '../setup/testing/swarm-lab.ts'
import { Doctor } from './doctor.ts'
import { HelperImages } from './helper-images.ts'

// This kernel has no IP_VS, so that finding is always there; every other one is made, found and mended.
let t: SwarmLab
let doctor: Doctor

beforeAll(async () => {
  t = await SwarmLab.make({ hosts: 3, dockerdArgs: ['--log-opt=max-size=10m'] })
  await t.run({ type: 'init', server: 'web-1' })
  for (const server of ['web-2', 'web-3']) await t.run({ type: 'join', server, role: 'manager' })
  doctor = new Doctor({ servers: () => t.servers, clock: systemClock, random: Math.random, helpers: new HelperImages({ image: HELPER_IMAGE, recipe: join(repository, 'resources/node-helper') }) })
  await docker('pull -q busybox')
})
afterAll(async () => { await t?.down() })

async function docker(command: string): Promise<string> {
  return (await t.lab.host(1).exec(`docker ${command}`)).stdout.trim()
}

const host = (number: number): string => t.lab.host(number).name
const reasons = ({ findings }: Examination): string[] => findings.map(({ why }) => why.reason)
const others = (examination: Examination): Finding[] => examination.findings.filter(({ why }) => why.reason !== 'NoIpvs')

test('of a healthy swarm it says that IP_VS is missing, and nothing else; nothing is left of the looking', async () => {
  const examination = await doctor.examine()
  expect(examination.missing).toEqual([])
  expect(hasSecret(JSON.stringify(examination))).toBe(false)
  expect(examination.findings).toMatchObject([{ severity: 'warning', why: { reason: 'NoIpvs' }, about: [1, 2, 3].map((n) => ({ kind: 'Node', name: host(n) })) }])
  const [ipvs] = examination.findings
  expect(ipvs?.why.message).toMatch(/^The kernel of web-1, web-2 and web-3 has no IP_VS/)
  expect(ipvs?.fix).toMatch(/endpoint_mode: dnsrr.*mode: host/)
  await eventually('the looking to be over', async () => (await Promise.all(t.lab.hosts.map((h) => h.exec('docker ps --all --quiet')))).every(({ stdout }) => stdout === ''))
})

test('a service that needs IP_VS makes it an error; one that does not is left out', async () => {
  await docker('service create -d -q --name vip -p 8080:80 --constraint node.hostname==$(hostname) busybox sleep 9999')
  await docker('service create -d -q --name plain --endpoint-mode dnsrr --publish mode=host,target=80,published=8081 --constraint node.hostname==$(hostname) busybox sleep 9999')
  const [ipvs] = (await doctor.examine()).findings
  expect(ipvs).toMatchObject({ severity: 'error', why: { reason: 'NoIpvs' } })
  expect(ipvs?.about.filter(({ kind }) => kind === 'Service').map(({ name }) => name)).toEqual(['vip'])
  await docker('service rm vip plain')
})

describe('ports', () => {
  test.each([[['tcp', 7946], ['udp', 4789]], [['udp', 7946], ['tcp', 2377]]] as const)('%j and %j that one server drops are found, and no other', async (...closed) => {
    // New ones only: what stands goes on, as with most firewalls.
    const rules = closed.map(([protocol, port]) => `INPUT -i eth0 -p ${protocol} --dport ${String(port)} -m conntrack --ctstate NEW -j DROP`)
    for (const rule of rules) await t.lab.host(2).exec(`iptables -I ${rule}`)
    const examination = await doctor.examine()
    for (const rule of rules) await t.lab.host(2).exec(`iptables -D ${rule}`)
    expect(examination.missing).toEqual([])
    const found = others(examination).sort((x, y) => x.why.reason.localeCompare(y.why.reason))
    const names = closed.map(([protocol, port]) => [protocol.toUpperCase(), String(port)]).sort(([x = ''], [y = '']) => x.localeCompare(y))
    expect(found.map(({ why }) => why.reason)).toEqual(names.map(([protocol, port]) => `PortClosed${protocol ?? ''}${port ?? ''}`))
    for (const [i, [protocol, port]] of names.entries()) expect(found[i]?.why.message).toMatch(new RegExp(`^web-1 and web-3 do not get through to ${protocol ?? ''} port ${port ?? ''} of web-2`))
  })

  test('a way that is too narrow for an overlay network', async () => {
    await docker('network create --driver overlay --attachable wide')
    const narrow = 'INPUT -i eth0 -p udp -m length --length 1421:65535 -j DROP'
    await t.lab.host(3).exec(`iptables -I ${narrow}`)
    const found = others(await doctor.examine())
    await t.lab.host(3).exec(`iptables -D ${narrow}`)
    await docker('network rm wide')
    expect(found).toMatchObject([{ why: { reason: 'MtuTooLarge' } }])
    expect(found[0]?.why.message).toMatch(/takes packets of at most 1400 bytes, but (ingress and wide|wide and ingress) send up to 1500/)
  })
})

test('an overlay network with addresses that a server has', async () => {
  await t.lab.host(3).exec('ip addr add 10.99.7.5/24 dev eth0')
  await docker('network create --driver overlay --subnet 10.99.0.0/16 back')
  const found = others(await doctor.examine())
  await docker('network rm back')
  await t.lab.host(3).exec('ip addr del 10.99.7.5/24 dev eth0')
  expect(found).toMatchObject([{ severity: 'error', why: { reason: 'NetworkClash' }, about: [{ kind: 'Network', name: 'back' }, { kind: 'Node', name: host(3) }] }])
  expect(found[0]?.why.message).toContain('10.99.0.0/16, which 10.99.7.0/24 of web-3 has, too')
})

test('tasks that wait: a constraint that nobody meets, more memory than there is, no address left, an image that is not there; a volume that may be left behind', async () => {
  const service = (name: string, how: string, image = 'busybox'): Promise<string> => docker(`service create -d -q --no-resolve-image --name ${name} --endpoint-mode dnsrr ${how} ${image} sleep 9999`)
  await service('ssd', '--constraint node.labels.disk==ssd')
  await service('big', '--reserve-memory 9TB')
  await service('ghost', '--restart-condition none', `${t.lab.registry ?? ''}/nowhere:1`)
  await docker('network create --driver overlay --subnet 192.168.77.0/29 tiny')
  await service('crowd', '--network tiny --replicas 9')
  await service('db', '--mount type=volume,source=data,target=/data')
  await eventually('the tasks to be where they stay', async () => {
    const [waiting, ghost, db] = await Promise.all([docker('service ps --format "{{.CurrentState}} {{.Error}}" ssd big'), docker('service ps --format "{{.CurrentState}}" ghost'), docker('service ps --format "{{.CurrentState}}" db')])
    return (waiting.match(/no suitable node/g) ?? []).length === 2 && ghost.startsWith('Rejected') && db.startsWith('Running')
  })
  const find = async (): Promise<Map<string, Finding>> => new Map(others(await doctor.examine()).map((found) => [found.about[0]?.name ?? '', found]))
  const found = await eventually('all of them', async () => {
    const now = await find()
    return now.size === 5 ? now : undefined
  })
  expect(found.get('ssd')).toMatchObject({ severity: 'error', why: { reason: 'ConstraintUnmet', message: expect.stringMatching(/No node meets the constraint node\.labels\.disk==ssd/) as string }, fix: expect.stringMatching(/Give a node the label disk=ssd/) as string })
  expect(found.get('big')?.why).toMatchObject({ reason: 'NotEnoughResources', message: expect.stringMatching(/reserves \d+ MiB than is left/) as string })
  expect(found.get('ghost')).toMatchObject({ severity: 'error', why: { reason: 'ImageNotAvailable' } })
  expect(found.get('crowd')?.why).toMatchObject({ reason: 'NoAddressLeft', message: expect.stringMatching(/tasks of crowd wait for an address: the network tiny \(192\.168\.77\.0\/29\) has none left/) as string })
  const db = found.get('db')
  expect(db?.why.reason).toBe('VolumeNotPinned')
  // The two that have a remedy at hand: a label by hand, a pin by a click.
  await t.run({ type: 'labels', node: (await t.nodeOf(2)).id, labels: { disk: 'ssd' } })
  if (db?.action?.type !== 'pinService') throw new Error('there should be a click for it')
  await doctor.pinService(db.action.service, db.action.node)
  await eventually('both to be mended', async () => {
    const now = await find()
    return !now.has('ssd') && !now.has('db')
  })
  await docker('service rm ssd big ghost db crowd')
})

test('what is known of the engines, and what could not be learned of one that is away', async () => {
  const versions = new Set((await t.state()).nodes.map(({ dockerVersion }) => dockerVersion))
  expect([...versions]).toEqual([await docker('version --format "{{.Server.Version}}"')])
  expect(reasons(await doctor.examine())).not.toContain('VersionsDiffer')
  await t.lab.host(3).kill()
  const examination = await eventually('the manager to count as lost', async () => {
    const now = await doctor.examine()
    return reasons(now).includes('NodeDown') ? now : undefined
  })
  expect(reasons(examination)).toEqual(['NodeDown', 'AtTheLimit', 'NoIpvs'])
  expect(examination.missing).toMatchObject([{ what: 'everything', where: { name: 'web-3' } }])
  // What it offers for the lost server does what it says.
  const { action } = examination.findings[0] ?? {}
  if (action?.type !== 'membership') throw new Error('there should be a click for it')
  await t.run(action.change)
  expect(reasons(await doctor.examine())).toEqual(['TwoManagers', 'NoIpvs'])
})
