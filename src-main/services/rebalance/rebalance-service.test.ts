import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { RebalanceState } from '../../common/contract/index.ts'
import { Deployments, Nodes, Pods } from '../../common/kube/kinds.ts'
import { isPodReady } from '../../common/kube/pods.ts'
import { ApiCluster } from '../../engine/controllers/testing/api-cluster.ts'
import { RebalanceService } from './rebalance-service.ts'

let cluster: ApiCluster
let service: RebalanceService
beforeEach(async () => {
  cluster = await ApiCluster.start()
  service = new RebalanceService({ client: cluster.client, informers: cluster.informers, clock: systemClock })
})
afterEach(() => cluster.stop())

const until = (check: () => boolean | Promise<boolean>): Promise<void> => expect.poll(check, { interval: 10 }).toBe(true)
const close = (closed: boolean): Promise<unknown> => cluster.client.patch(Nodes, '', 'node-2', 'application/merge-patch+json', { spec: { unschedulable: closed ? true : null } })
async function deploy(name: string, replicas: number, annotations: Record<string, string> = {}): Promise<void> {
  const labels = { app: name }
  await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default', annotations }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } } } })
  await until(() => cluster.informers.for(Pods).lister.list({ labels }).filter(isPodReady).length === replicas)
}

test('what is planned is what is done, and is followed to its end', async () => {
  expect(await service.plan()).toEqual({ moves: [], kept: [] })
  await close(true)
  await deploy('web', 4)
  await deploy('fixed', 4, { 'toque.dev/rebalance': 'false' })
  await close(false)
  const plan = await service.plan()
  expect(plan.moves.map(({ ref, from, to, why }) => [ref.name.split('-')[0], from, to, why.reason])).toEqual(Array(2).fill(['web', 'node-1', 'node-2', 'Crowded']))
  expect(plan.kept.map(({ ref, because }) => [ref.name.split('-')[0], because.reason])).toEqual(Array(2).fill(['fixed', 'OptedOut']))
  const seen: RebalanceState[] = []
  const reading = (async () => {
    for await (const state of service.watch()) {
      seen.push(state)
      if (state.run?.phase === 'Done') return
    }
  })()
  await service.start()
  await reading
  expect(seen[0]).toEqual({ always: false })
  expect(seen.at(-1)?.run).toMatchObject({ phase: 'Done', message: expect.stringMatching(/^2 of the pods were moved/) as string, moves: Array(2).fill({ from: 'node-1', to: 'node-2', over: true }) })
  expect(seen.at(-1)?.run?.moves.map((m) => m.ref.name).sort()).toEqual(plan.moves.map((m) => m.ref.name).sort())
  expect((await service.plan()).moves).toEqual([])
  // It can be begun again once it is over, and what is not there can be stopped.
  await service.start()
  await service.stop()
  await service.stop()
})

test('one at a time; always is a word that stands until it is taken back', async () => {
  await cluster.client.create({ group: 'toque.dev', version: 'v1', kind: 'Rebalance', plural: 'rebalances', namespaced: false }, { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name: 'always' }, spec: { when: 'Always', settleSeconds: 3600 } } as never)
  const states = service.watch()[Symbol.asyncIterator]()
  expect((await states.next()).value).toEqual({ always: true })
  await service.keep(true)
  await service.keep(false)
  expect((await states.next()).value).toEqual({ always: false })
  await states.return?.()
})
