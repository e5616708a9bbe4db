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
  await team.kubectl(['create', 'serviceaccount', 'robot'])
  await team.kubectl(['create', 'role', 'lister', '--verb=list,get', '--resource=pods'])
  await team.kubectl(['create', 'rolebinding', 'robot', '--role=lister', '--serviceaccount=default:robot'])
  for (const host of team.hosts) {
    await team.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `on-${host.name}` }, spec: {
      nodeName: host.name, serviceAccountName: 'robot', terminationGracePeriodSeconds: 1, tolerations: [{ operator: 'Exists' }], volumes: [{ name: 'ca', configMap: { name: 'kube-root-ca.crt' } }],
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

test('with the token and the CA that are mounted, a pod does what its account may, nothing else, and nothing any more when it is gone', async () => {
  const at = '/var/run/secrets/kubernetes.io/serviceaccount'
  const api = 'https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1'
  /** The answer's code on a line of its own after the body. */
  const asks = (pod: string, path: string, token = `$(cat ${at}/token)`): Promise<string> =>
    team.kubectl(['exec', pod, '--', 'sh', '-c', `curl -sS -m 10 -w '\\n%{http_code}' --cacert ${at}/ca.crt -H "Authorization: Bearer ${token}" ${api}${path}`])
  for (const from of team.hosts) {
    const pod = `on-${from.name}`
    expect(await team.kubectl(['exec', pod, '--', 'cat', `${at}/namespace`])).toBe('default')
    const listed = await asks(pod, '/namespaces/$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)/pods')
    expect(listed).toMatch(new RegExp(`"kind":"PodList"[^]*"name":"${pod}"[^]*\\n200$`))
    expect(await asks(pod, '/namespaces/kube-system/pods')).toMatch(/User \\"system:serviceaccount:default:robot\\" cannot list resource \\"pods\\"[^]*\n403$/)
  }
  const [here, there] = team.hosts.map((host) => `on-${host.name}`)
  await team.kubectl(['run', 'short-lived', '--image=busybox:1.35', '--restart=Never', `--overrides=${JSON.stringify({ spec: { serviceAccountName: 'robot', terminationGracePeriodSeconds: 0 } })}`, '--', 'sleep', '10000'])
  await team.kubectl(['wait', '--for=condition=Ready', 'pod/short-lived', '--timeout=60s'])
  const token = await team.kubectl(['exec', 'short-lived', '--', 'cat', `${at}/token`])
  expect(await asks(here ?? '', '/namespaces/default/pods', token)).toMatch(/\n200$/)
  await team.kubectl(['delete', 'pod', 'short-lived'])
  expect(await asks(there ?? '', '/namespaces/default/pods', token)).toMatch(/"reason":"Unauthorized"[^]*\n401$/)
  // The secret that a token is stays where it belongs.
  expect(team.log).not.toContain(token)
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
