import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node, NodeCondition } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'

// A pod calls the API as client libraries do, wherever the engine is: here on a desk that the servers know nothing of.
const API = 'https://kubernetes.default.svc/version'
let team: Team
beforeAll(async () => {
  team = await Team.up(2)
  const command = ['sh', '-c', 'trap exit TERM; while :; do sleep 0.2; done']
  for (const host of team.hosts) {
    await team.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${host.name}` }, spec: {
      nodeName: host.name, terminationGracePeriodSeconds: 1, tolerations: [{ operator: 'Exists' }], volumes: [{ name: 'ca', configMap: { name: 'kube-root-ca.crt' } }],
      containers: [{ name: 'main', image: 'busybox:1.35', command, volumeMounts: [{ name: 'ca', mountPath: '/ca' }] }],
    } })
  }
  await team.kubectl(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=90s'])
  for (const host of team.hosts) console.log(host.name, (await team.containers(host).of('on-')).map((c) => `${c.role} ${c.id.slice(0, 12)}`).join(' '))
})
afterAll(() => team?.down())

const host = (n: number): LabHost => team.lab.host(n)
const call = (from: LabHost, url = API): Promise<string> =>
  team.kubectl(['exec', `on-${from.name}`, '--', 'curl', '-sS', '-m', '5', '--cacert', '/ca/ca.crt', url])
const condition = async (of: LabHost): Promise<NodeCondition | undefined> =>
  (await team.get<Node>('node', of.name)).status?.conditions?.find((c) => c.type === 'toque.dev/ApiReachable')
const port = async (of: LabHost): Promise<string> => /dnat to 127\.0\.0\.1:(\d+)/.exec((await of.exec(['nft', 'list', 'table', 'ip', 'toque'])).stdout)?.[1] ?? ''
async function reaches(from: LabHost): Promise<void> {
  await eventually(`${from.name}'s pod to reach the API`, async () => /"gitVersion"/.test(await call(from)))
}

test('pods of every server reach the API by its name, its certificate checked, and by the address in their environment', async () => {
  for (const from of team.hosts) {
    await reaches(from)
    expect(await team.kubectl(['exec', `on-${from.name}`, '--', 'sh', '-c', 'curl -sS -m 5 --cacert /ca/ca.crt https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version'])).toMatch(/"gitVersion"/)
    expect(await condition(from)).toMatchObject({ status: 'True', reason: 'Forwarded' })
  }
})

test('and again when the connection was cut and is back, by whatever port it gets then', async () => {
  const before = await port(host(2))
  await host(2).cut()
  await eventually('the server to be unreachable', async () => (await team.get<{ status?: { phase?: string } }>('server', host(2).name)).status?.phase !== 'Connected')
  await host(2).heal()
  await team.nodesReady(2)
  await reaches(host(2))
  const after = await port(host(2))
  console.log(`${host(2).name}: 127.0.0.1:${before}, then 127.0.0.1:${after}`)
  expect(Number(after)).toBeGreaterThan(0)
  expect(after).not.toBe(before)
})

test('a server whose sshd forbids it says so, and works on without', async () => {
  const refuse = (words: string): Promise<unknown> => host(1).exec(`sed -i '/AllowTcpForwarding/d' /etc/ssh/sshd_config; echo '${words}' >>/etc/ssh/sshd_config; kill $(pidof sshd)`)
  await refuse('AllowTcpForwarding no')
  const no = await eventually('the sentence', async () => {
    const found = await condition(host(1))
    return found?.status === 'False' && found
  })
  console.log(no.message)
  expect(no.message).toMatch(new RegExp(`${host(1).address}.*AllowTcpForwarding yes`))
  await team.nodesReady(2)
  await expect(call(host(1))).rejects.toThrow()
  await reaches(host(2))
  await refuse('AllowTcpForwarding yes')
  await reaches(host(1))
  expect(await condition(host(1))).toMatchObject({ status: 'True' })
})
