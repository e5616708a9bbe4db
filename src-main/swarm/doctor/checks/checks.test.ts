import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../common/contract/index.ts'
import type { SwarmFacts } from '../facts.ts'
import { dockerNode, facts, link, overlay, server, service, task } from '../testing/facts.ts'
import { diagnose } from './checks.ts'

const worker = (id: string, more: Parameters<typeof dockerNode>[1] = {}): ReturnType<typeof dockerNode> => dockerNode(id, { role: 'worker', ...more })
const managers = (...ids: string[]): ReturnType<typeof dockerNode>[] => ids.map((id) => dockerNode(id))
const three = managers('a', 'b', 'c')
const volume = { Type: 'volume' as const, Source: 'data', Target: '/data' }
const nobody = (err: string, more: object = {}): SwarmFacts => facts(three, { services: [service('web', more)], tasks: [task('web', 'pending', { err: `no suitable node (${err})` })] })

test('a healthy swarm has no finding, whatever runs on it', () => {
  expect(diagnose(facts(three, {
    services: [service('web', { ports: [{ PublishedPort: 80 }], vips: [{ NetworkID: 'id-n', Addr: '10.0.1.2/24' }] }), service('db', { mounts: [volume], constraints: ['node.id==a'] })],
    tasks: [task('web', 'running', { NodeID: 'a' }), task('db', 'running', { NodeID: 'a' }), task('web', 'preparing', { NodeID: 'b', ageMs: 3_000 })],
    networks: [overlay('n')], links: [link('a', 'b', { largest: { arrived: 1500, tried: 1500 } }), link('a', 'b', { protocol: 'tcp', port: 2377 })],
    images: [{ image: 'nginx:1', platforms: ['linux/amd64', 'linux/arm64'], present: {} }],
  }))).toEqual([])
})

describe('each thing that is wrong is found, and nothing else', () => {
  const cases: [string, SwarmFacts, { reason: string; severity?: Finding['severity']; says: RegExp; fix?: RegExp; about?: string[]; action?: object }][] = [
    ['no IP_VS, and services that need it', facts(three, { servers: [server('a', { ipvs: 'none' }), server('b'), server('c')], services: [service('web', { ports: [{ PublishedPort: 80 }] }), service('quiet', { mode: 'dnsrr' })] }),
      { reason: 'NoIpvs', severity: 'error', says: /kernel of a has no IP_VS.*web uses them: it is not reached there/, fix: /modprobe ip_vs.*endpoint_mode: dnsrr.*mode: host/, about: ['a-host', 'web'] }],
    ['no IP_VS that nobody needs yet', facts(three, { servers: [server('a', { ipvs: 'none' }), server('b', { ipvs: 'none' })], services: [service('web', { mode: 'dnsrr', ports: [{ PublishedPort: 80, PublishMode: 'host' }] })] }), { reason: 'NoIpvs', severity: 'warning', says: /a and b has no IP_VS/ }],
    ['a port that a firewall drops', facts(three, { links: [link('a', 'c', { protocol: 'tcp', port: 7946, state: 'closed' }), link('b', 'c', { protocol: 'tcp', port: 7946, state: 'closed' }), link('c', 'a')] }),
      { reason: 'PortClosedTCP7946', severity: 'error', says: /^a and b do not get through to TCP port 7946 of c/, fix: /ufw allow/, about: ['c-host', 'a-host', 'b-host'] }],
    ['a port that nobody listens on', facts(three, { links: [link('a', 'b', { protocol: 'tcp', port: 2377, state: 'refused' })] }), { reason: 'PortClosedTCP2377', says: /Nothing listens on TCP port 2377 of b, as a finds/ }],
    ['a clock that is behind', facts(three, { servers: [server('a'), server('b', { clock: { offset: -120_000, uncertain: 100 } }), server('c', { clock: { offset: 10, uncertain: 5 } })] }), { reason: 'ClockSkew', severity: 'warning', says: /clock of b is 120 s behind that of a/, fix: /set-ntp/, about: ['b-host'] }],
    ['a clock with which no certificate counts', facts(three, { servers: [server('a'), server('b', { clock: { offset: 2 * 3_600_000, uncertain: 100 } }), server('c')] }), { reason: 'ClockSkew', severity: 'error', says: /7200 s ahead of/ }],
    ['an overlay network with addresses of a server\'s', facts(three, { servers: [server('a', { networks: ['10.0.1.7/16'] }), server('b'), server('c')], networks: [overlay('back')] }), { reason: 'NetworkClash', severity: 'error', says: /back has the addresses 10\.0\.1\.0\/24, which 10\.0\.0\.0\/16 of a has, too/, about: ['back', 'a-host'] }],
    ['the ingress network with addresses of a server\'s', facts(three, { servers: [server('a', { networks: ['10.0.0.7/24'] })], networks: [overlay('ingress', { ingress: true, subnets: ['10.0.0.0/24'] })] }), { reason: 'NetworkClash', says: /ingress/, fix: /docker network rm ingress/ }],
    ['a pool with a server\'s network in it', facts(three, { servers: [server('a', { networks: ['10.20.0.7/24'] })] }), { reason: 'PoolClash', severity: 'warning', says: /10\.20\.0\.0\/24 of a lies/ }],
    ['a way that is too narrow', facts(three, { networks: [overlay('n'), overlay('small', { mtu: 1400, subnets: ['10.0.2.0/24'] })], links: [link('a', 'b', { largest: { arrived: 1450, tried: 1500 } }), link('a', 'c', { largest: { arrived: 1500, tried: 1500 } })] }),
      { reason: 'MtuTooLarge', severity: 'error', says: /between a and b takes packets of at most 1450 bytes, but n sends up to 1500/, fix: /mtu: "1450"/, about: ['n', 'a-host', 'b-host'] }],
    ['an image that is nowhere', facts(three, { services: [service('web', { image: 'nope:1' })], tasks: [task('web', 'rejected', { NodeID: 'a', err: 'No such image: nope:1', DesiredState: 'shutdown' })], images: [{ image: 'nope:1', refusal: 'manifest unknown', present: {} }] }),
      { reason: 'ImageNotAvailable', severity: 'error', says: /web needs the image nope:1, which a-host, b-host and c-host can neither find nor pull \(manifest unknown\)/, fix: /with-registry-auth/ }],
    ['an image that only the node has where it runs', facts(three, { services: [service('web', { image: 'mine:1' })], tasks: [task('web', 'running', { NodeID: 'a' })], images: [{ image: 'mine:1', refusal: 'pull access denied for mine', present: { a: 'linux/amd64' } }] }), { reason: 'ImageNotAvailable', severity: 'warning', says: /b-host and c-host/ }],
    ['an image for another platform', facts([...managers('a', 'b'), dockerNode('c', { architecture: 'aarch64' })], { services: [service('web')], images: [{ image: 'nginx:1', platforms: ['linux/amd64'], present: {} }] }), { reason: 'ImageOtherPlatform', severity: 'warning', says: /made for linux\/amd64, not for linux\/arm64: it cannot run on c-host/, about: ['web', 'c-host'] }],
    ['a constraint that nobody meets', nobody('scheduling constraints not satisfied on 3 nodes', { constraints: ['node.role==manager', 'node.labels.disk==ssd'] }), { reason: 'ConstraintUnmet', severity: 'error', says: /1 task of web waits for a node\. No node meets the constraint node\.labels\.disk==ssd\. No node has the label disk/, fix: /Give a node the label disk=ssd/ }],
    ['constraints that hold, but nowhere together', facts([dockerNode('a', { labels: { disk: 'ssd' } }), dockerNode('b', { labels: { zone: 'x' } }), dockerNode('c')], { services: [service('web', { constraints: ['node.labels.disk==ssd', 'node.labels.zone==x'] })], tasks: [task('web', 'pending', { err: 'no suitable node (scheduling constraints not satisfied on 3 nodes)' })] }), { reason: 'ConstraintUnmet', says: /hold together on no node/ }],
    ['a constraint with no such key', nobody('scheduling constraints not satisfied on 3 nodes', { constraints: ['node.colour==red'] }), { reason: 'ConstraintUnmet', says: /"node\.colour" is nothing that nodes have/ }],
    ['more CPU than there is', nobody('insufficient resources on 3 nodes', { reservations: { NanoCPUs: 8e9 } }), { reason: 'NotEnoughResources', says: /reserves 8 CPU than is left|reserves 8 CPU.*the largest has 2 CPU in all/ }],
    ['more memory than there is', nobody('insufficient resources on 3 nodes', { reservations: { MemoryBytes: 8 * 2 ** 30 } }), { reason: 'NotEnoughResources', says: /8192 MiB.*largest has 1024 MiB/ }],
    ['a port that each node gives once', nobody('host-mode port already in use on 3 nodes', { ports: [{ PublishedPort: 8080, PublishMode: 'host' }] }), { reason: 'PortTaken', says: /port 8080 with mode: host/, fix: /mode: global/ }],
    ['a platform that no node has', nobody('unsupported platform on 3 nodes'), { reason: 'OtherPlatform', says: /not made for the platform/ }],
    ['words of the scheduler that are new', nobody('the moon is full on 3 nodes'), { reason: 'NoNode', says: /the moon is full/ }],
    ['nodes that take nothing', facts(['a', 'b', 'c'].map((id) => dockerNode(id, { availability: 'drain' })), { services: [service('web')], tasks: [task('web', 'pending', { err: 'no suitable node (3 nodes not available for new tasks)' })] }), { reason: 'NodesClosed', says: /a-host \(drain\), b-host \(drain\) and c-host \(drain\) take no new tasks/ }],
    ['a network without an address left', facts(three, { services: [service('web')], networks: [overlay('tiny', { subnets: ['192.168.9.0/29'] })], tasks: [task('web', 'new', { Spec: { Networks: [{ Target: 'id-tiny' }] } }), ...['1', '2'].map((id) => task('web', 'running', { ID: id, NodeID: 'a', NetworksAttachments: [{ Network: { ID: 'id-tiny', Spec: { Name: 'tiny' } }, Addresses: [`192.168.9.${id}/29`] }] }))] }), { reason: 'NoAddressLeft', says: /tiny \(192\.168\.9\.0\/29\) has none left/, about: ['web', 'tiny'] }],
    ['a task that stays new for another reason', facts(three, { services: [service('web')], networks: [overlay('n')], tasks: [task('web', 'new', { Spec: { Networks: [{ Target: 'id-n' }] } })] }), { reason: 'NotAllocated', says: /networks and ports/ }],
    ['an image that does not come', facts(three, { services: [service('web')], tasks: [task('web', 'preparing', { NodeID: 'b' })] }), { reason: 'PreparingLong', severity: 'warning', says: /on b-host since 10 min/, about: ['web', 'b-host'] }],
    ['a local volume that is not pinned', facts(three, { services: [service('db', { mounts: [volume] })], tasks: [task('db', 'running', { NodeID: 'b' })] }), { reason: 'VolumeNotPinned', severity: 'warning', says: /db keeps data in data/, fix: /Keep it on b-host/, action: { type: 'pinService', service: 'id-db', node: 'b' } }],
    ['two managers', facts(managers('a', 'b')), { reason: 'TwoManagers', severity: 'warning', says: /worse than one/ }],
    ['two managers and a worker that could be one', facts([...managers('a', 'b'), worker('c')]), { reason: 'TwoManagers', says: /Two managers/, action: { type: 'membership', change: { type: 'promote', node: 'c' } } }],
    ['four managers', facts(managers('a', 'b', 'c', 'd')), { reason: 'EvenManagers', says: /4 managers bear no more losses than 3/ }],
    ['one manager of three nodes', facts([...managers('a'), worker('b'), worker('c')]), { reason: 'OneManager', severity: 'info', says: /one manager/ }],
    ['managers in one place', facts([...['a', 'b', 'c'].map((id) => dockerNode(id, { labels: { zone: 'x' } })), worker('d', { labels: { zone: 'y' } })]), { reason: 'ManagersInOnePlace', severity: 'warning', says: /in zone x/ }],
    ['a worker that is down, with tasks', facts([...three, worker('d', { state: 'down' })], { tasks: [task('web', 'running', { NodeID: 'd' })] }), { reason: 'NodeDown', severity: 'error', says: /worker d-host is down \(heartbeat failure\)\. Swarm still counts 1 running task/, action: { type: 'membership', change: { type: 'remove', node: 'd' } } }],
    ['other versions', facts([dockerNode('a', { version: '20.10.24' }), dockerNode('b'), dockerNode('c')]), { reason: 'VersionsDiffer', severity: 'warning', says: /20\.10\.24 on a-host; 27\.1\.0 on b-host and c-host/ }],
    ['another patch', facts([dockerNode('a', { version: '27.1.1' }), dockerNode('b'), dockerNode('c')]), { reason: 'VersionsDiffer', severity: 'info', says: /27\.1\.1/ }],
    ['logs that only grow', facts(three, { servers: [server('a', { log: { driver: 'json-file', options: {} } }), server('b', { log: { driver: 'json-file', options: { 'max-size': '10m' } } }), server('c')] }), { reason: 'LogsGrow', severity: 'warning', says: /^On a the logs/, fix: /max-size/ }],
    ['a locked manager', { ...facts(three), state: { ...facts(three).state, servers: [{ name: 'a', state: 'locked', manager: true, hostname: 'a', managers: [], dockerVersion: '' }] } }, { reason: 'Locked', severity: 'error', says: /waits for the unlock key/, action: { type: 'membership', change: { type: 'unlock', server: 'a' } } }],
    ['a server in another swarm', { ...facts(three), state: { ...facts(three).state, servers: [{ name: 'x', state: 'other', manager: true, hostname: 'x', managers: [], dockerVersion: '' }] } }, { reason: 'OtherSwarm', says: /x is in another swarm/ }],
  ]
  test.each(cases)('%s', (_, given, { reason, severity, says, fix, about, action }) => {
    const found = diagnose(given)
    expect(found.map(({ why }) => why.reason)).toEqual([reason])
    const [one] = found as [Finding]
    if (severity !== undefined) expect(one.severity).toBe(severity)
    expect(one.why.message).toMatch(says)
    if (fix !== undefined) expect(one.fix).toMatch(fix)
    if (about !== undefined) expect(one.about.map(({ name }) => name)).toEqual(about)
    if (action !== undefined) expect(one.action).toEqual(action)
    expect(one.fix).not.toBe('')
    // The same trouble has the same name the next time.
    expect(diagnose(given)[0]?.id).toBe(one.id)
  })
})

describe('what is no trouble is not told', () => {
  test.each<[string, SwarmFacts]>([
    ['a clock that differs no more than the question took', facts(three, { servers: [server('a'), server('b', { clock: { offset: 40_000, uncertain: 20_000 } }), server('c')] })],
    ['one manager and one worker', facts([...managers('a'), worker('b')])],
    ['a volume that is shared', facts(three, { services: [service('db', { mounts: [{ ...volume, VolumeOptions: { NoCopy: false, Labels: {}, DriverConfig: { Name: 'local', Options: { type: 'nfs', o: 'addr=1.2.3.4' } } } } as never] })] })],
    ['a volume pinned by a label that one node has', facts([dockerNode('a', { labels: { db: 'yes' } }), dockerNode('b'), dockerNode('c')], { services: [service('db', { mounts: [volume], constraints: ['node.labels.db == yes'] })] })],
    ['a bind mount', facts(three, { services: [service('db', { mounts: [{ Type: 'bind', Source: '/srv', Target: '/data' }] })] })],
    ['an image that nobody could be asked about', facts(three, { services: [service('web')], images: [{ image: 'nginx:1', refusal: 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: server misbehaving', present: {} }] })],
    ['an image that a node of another platform does not have to run', facts([...three, worker('d', { architecture: 'aarch64' })], { services: [service('web', { constraints: ['node.platform.arch==x86_64'] })], images: [{ image: 'nginx:1', platforms: ['linux/amd64'], present: {} }] })],
    ['a task that has just begun to wait', facts(three, { services: [service('web')], tasks: [task('web', 'pending', { ageMs: 1_000 })] })],
    ['a task of a service that is gone', facts(three, { tasks: [task('web', 'pending')] })],
    ['one that shall end', facts(three, { services: [service('web')], tasks: [task('web', 'preparing', { DesiredState: 'shutdown' })] })],
    ['managers and workers in one place', facts([...['a', 'b', 'c'].map((id) => dockerNode(id, { labels: { zone: 'x' } })), worker('d', { labels: { zone: 'x' } })])],
  ])('%s', (_, given) => expect(diagnose(given).filter(({ why }) => why.reason !== 'OneManager')).toEqual([]))
})

test('worst first', () => {
  const found = diagnose(facts([...managers('a', 'b'), worker('d', { state: 'down', version: '20.10.1' })], { servers: [server('a', { log: { driver: 'json-file', options: {} } })] }))
  expect(found.map(({ severity }) => severity)).toEqual(['error', 'warning', 'warning'])
})
