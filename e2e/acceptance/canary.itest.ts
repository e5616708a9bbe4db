import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Event } from '../../src-main/common/kube/generated/core-v1.ts'
import type { Rollout, RolloutStrategy } from '../../src-main/common/kube/rollout.ts'
import { eventually } from '../harness/containers.ts'
import { startLoad } from '../harness/load.ts'
import type { Load, LoadReport } from '../harness/load.ts'
import { testappDeployment } from '../harness/manifests.ts'
import { Team } from '../harness/team.ts'

// New versions under load from outside: through the ingress of two servers, and through a Service's node port. In order: each test goes on from the one before.
const PORT = 30090
let team: Team

const rollout = (strategy: RolloutStrategy): object => ({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name: 'web' }, spec: { deployment: 'web', strategy } })
const read = (): Promise<Rollout> => team.get<Rollout>('rollout', 'web')
const phase = (wanted: string): Promise<Rollout> => eventually(`the phase ${wanted}`, async () => {
  const now = await read()
  return now.status?.phase === wanted ? now : undefined
})
const order = (text: string): Promise<string> => team.kubectl(['annotate', '--overwrite', 'rollout', 'web', `toque.dev/order=${text}`])
const setVersion = (version: string, env: Record<string, string> = {}): Promise<string> => team.kubectl(['patch', 'deployment', 'web', '--type', 'strategic', '-p', JSON.stringify(
  { spec: { template: { spec: { containers: [{ name: 'web', image: `toque/testapp:${version}`, env: [{ name: 'ANSWER_STATUS', value: env['ANSWER_STATUS'] ?? '200' }, { name: 'ANSWER_DELAY_MS', value: env['ANSWER_DELAY_MS'] ?? '0' }] }] } } } })])
/** The first server's ingress, and the second one's, and the node port; some 300 requests a second together. */
const startLoads = (): Load[] => [
  startLoad({ host: team.lab.host(1).address, port: 80, concurrency: 2, keepAlive: true, pauseMs: 10 }), startLoad({ host: team.lab.host(2).address, port: 80, concurrency: 1, keepAlive: false, pauseMs: 10 }),
]
const plainLoad = (): Load => startLoad({ host: team.lab.host(1).address, port: PORT, concurrency: 1, keepAlive: false, pauseMs: 10 })
const more = (loads: readonly Load[], requests: number): Promise<unknown> => {
  const from = loads.map((load) => load.answered)
  return eventually(`${String(requests)} more requests each`, () => Promise.resolve(loads.every((load, i) => load.answered > (from[i] ?? 0) + requests)))
}
/** Requests that a version answered, well or not. */
const answeredBy = (version: string, { bodies, failures }: LoadReport): number => {
  const is = (text: string): boolean => text.includes(`"version":"${version}"`)
  return [...bodies].reduce((n, [body, count]) => n + (is(body) ? count : 0), 0) + failures.filter(({ why }) => is(why)).length
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const told = (what: string, reports: readonly LoadReport[], version: string): string => {
  const [requests, failed, to] = [sum(reports.map((r) => r.requests)), sum(reports.map((r) => r.failures.length)), sum(reports.map((r) => answeredBy(version, r)))]
  return `${what}: ${String(requests)} requests, ${String(failed)} failed, ${String(to)} (${((100 * to) / requests).toFixed(2)} %) to the new version`
}

beforeAll(async () => {
  team = await Team.up(2)
  await team.apply(testappDeployment({ name: 'web', image: 'toque/testapp:v1', replicas: 3, nodePort: PORT }))
  await team.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'next' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } })
  const to = { service: { name: 'web', port: { number: 80 } } }
  await team.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' }, spec: { defaultBackend: to } })
  await team.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'sticky', annotations: { 'toque.dev/affinity': 'cookie' } }, spec: { rules: [{ host: 'sticky.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend: to }] } }] } })
  await team.rolloutDone('web')
  await team.apply(rollout({ canary: { steps: [{ weight: 5 }, { pause: { seconds: 600 } }, { weight: 50 }, { pause: { seconds: 600 } }], analysis: { intervalSeconds: 1, minRequests: 10, maxErrorPercent: 1, maxMeanMs: 100 } } }))
  await phase('Healthy')
  for (const host of team.hosts) await eventually('both servers serve', async () => (await host.exec(`curl -sS -m 2 http://${host.address}/`, { anyCode: true })).stdout.includes('"v1"'))
})
afterAll(() => team?.down())

test.each([['fails', { ANSWER_STATUS: '500' }, /aborted: [\d.]+ % of \d+ requests to revision web-\w+ failed \(limit 1 %\)/], ['is slow', { ANSWER_DELAY_MS: '400' }, /aborted: \d+ answers of revision web-\w+ took \d+ ms on average \(limit 100 ms\)/]])(
  'a version that %s is taken back by itself: few requests reach it, and none after', async (_, env, why) => {
    const loads = startLoads()
    await more(loads, 150)
    await setVersion('v2', env)
    const { status } = await phase('Aborted')
    expect(status?.message).toMatch(why)
    await more(loads, 20)
    const after = startLoads()
    await more([...loads, ...after], 200)
    const [during, afterwards] = [await Promise.all(loads.map((load) => load.stop())), await Promise.all(after.map((load) => load.stop()))]
    console.log(told(`a version that ${_}`, during, 'v2'))
    console.log(told('after the abort', afterwards, 'v2'))
    console.log(`seen by the ingress: ${JSON.stringify(status?.analysis)}`)
    const reached = sum(during.map((report) => answeredBy('v2', report)))
    expect(reached).toBeGreaterThan(0)
    expect(reached / sum(during.map(({ requests }) => requests))).toBeLessThan(0.05)
    expect(sum(afterwards.map((report) => answeredBy('v2', report)))).toBe(0)
    expect(afterwards.flatMap(({ failures }) => failures)).toEqual([])
    const { items } = await team.get<{ items: Event[] }>('events', '--field-selector', 'involvedObject.name=web,reason=RolloutAborted')
    expect(items.some(({ message }) => why.test(message ?? ''))).toBe(true)
    await expect(team.kubectl(['rollout', 'status', 'deployment/web', '--timeout=90s'])).rejects.toThrow(/exceeded its progress deadline/)
    // The template of before: over at once.
    await team.kubectl(['rollout', 'undo', 'deployment/web'])
    await phase('Healthy')
    await team.rolloutDone('web')
  })

test('a good version gets its weight, is taken back by hand, tried again and promoted: no request fails, and nobody is kept on it by a cookie', async () => {
  await team.apply(rollout({ canary: { steps: [{ weight: 20 }, { pause: {} }, { weight: 50 }], analysis: { intervalSeconds: 1, minRequests: 10, maxErrorPercent: 1 } } }))
  const loads = startLoads()
  await setVersion('v2')
  await phase('Paused')
  const { address } = team.lab.host(1)
  const sticky = async (cookie = ''): Promise<string> => (await team.lab.host(1).exec(['curl', '-sS', '-i', '-m', '5', '-H', 'Host: sticky.example', ...(cookie === '' ? [] : ['-H', `Cookie: ${cookie}`]), `http://${address}/`])).stdout
  const cookie = await eventually('a cookie for the new version', async () => {
    const answer = await sticky()
    return answer.includes('"v2"') ? /set-cookie: ([^;]+)/i.exec(answer)?.[1] : undefined
  })
  for (let i = 0; i < 5; i++) expect(await sticky(cookie)).toContain('"v2"')
  const measured = startLoads()
  await more(measured, 250)
  const shares = await Promise.all(measured.map((load) => load.stop()))
  console.log(told('at 20 %', shares, 'v2'))
  for (const report of shares) expect(Math.abs(answeredBy('v2', report) / report.requests - 0.2)).toBeLessThan(0.04)
  await order('abort the shop looks odd')
  expect((await phase('Aborted')).status?.message).toContain('aborted: by hand: the shop looks odd')
  await eventually('the cookie to lead elsewhere', async () => (await sticky(cookie)).includes('"v1"'))
  for (let i = 0; i < 5; i++) expect(await sticky(cookie)).toContain('"v1"')
  await order('retry')
  await phase('Paused')
  await order('promote now')
  await team.rolloutDone('web')
  await phase('Healthy')
  await more(loads, 100)
  const reports = await Promise.all(loads.map((load) => load.stop()))
  console.log(told('a good version', reports, 'v2'))
  expect(reports.flatMap(({ failures }) => failures)).toEqual([])
  expect((await team.get<Deployment>('deployment', 'web')).status?.updatedReplicas).toBe(3)
})

test('blue/green: everything is switched at once, through the ingress and a plain Service; the preview Service is ahead; no request fails, and the way back is as quick', async () => {
  await team.apply(rollout({ blueGreen: { autoPromote: false, scaleDownDelaySeconds: 600, previewService: 'next' } }))
  await phase('Healthy')
  const loads = [...startLoads(), plainLoad()]
  await more(loads, 50)
  await setVersion('v1')
  await phase('Paused')
  const preview = await team.kubectl(['get', 'service', 'next', '-o', 'jsonpath={.spec.clusterIP}'])
  const versions = async (url: string): Promise<Set<string>> => new Set((await team.lab.host(1).exec(`for i in 1 2 3 4 5 6; do curl -sS -m 5 ${url}; done`)).stdout.match(/"version":"v\d"/g) ?? [])
  expect(await versions(`http://${preview}/`)).toEqual(new Set(['"version":"v1"']))
  expect(await versions(`http://${team.lab.host(1).address}:${String(PORT)}/`)).toEqual(new Set(['"version":"v2"']))
  const switched = async (to: string, from: string): Promise<void> => {
    // Each server's rules and its proxy take one write, within moments of each other.
    const ways = [`http://${team.lab.host(1).address}:${String(PORT)}/`, ...team.hosts.map(({ address }) => `http://${address}/`)]
    for (const way of ways) await eventually(`the switch to ${to} at ${way}`, async () => [...(await versions(way))].join() === `"version":"${to}"`)
    const after = [...startLoads(), plainLoad()]
    await more(after, 100)
    const reports = await Promise.all(after.map((load) => load.stop()))
    console.log(told(`after the switch to ${to}`, reports, to))
    expect(reports.flatMap(({ failures }) => failures)).toEqual([])
    expect(sum(reports.map((report) => answeredBy(from, report)))).toBe(0)
  }
  await order('promote the switch')
  await switched('v1', 'v2')
  await order('abort it was a try')
  await switched('v2', 'v1')
  await order('retry')
  await eventually('the pause', async () => (await read()).status?.step === 1)
  await order('promote the switch, again')
  await switched('v1', 'v2')
  await order('promote for good')
  await team.rolloutDone('web')
  await phase('Healthy')
  await more(loads, 50)
  const reports = await Promise.all(loads.map((load) => load.stop()))
  console.log(told('blue/green, there, back and there', reports, 'v1'))
  expect(reports.flatMap(({ failures }) => failures)).toEqual([])
})
